"""The product as its users run it: real processes over real sockets."""
