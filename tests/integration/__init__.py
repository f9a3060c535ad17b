"""Parts of the product together, with real files and sockets."""
