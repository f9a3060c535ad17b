"""The command line, called in this process and as processes of its own."""
