"""HTTP/1.1 on a connection: one request at a time, with limits, before any answer."""
