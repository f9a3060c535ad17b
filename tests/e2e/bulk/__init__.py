"""Files of links on their way to a server that is killed."""
