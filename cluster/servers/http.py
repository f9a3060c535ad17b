"""Ask a server on loopback over HTTP, whether it is there or not."""

from http.client import HTTPConnection, HTTPException

from cluster.servers.ports import HOST


def status_of(port: int, path: str, *, seconds: float = 1.0) -> int:
    """Return the status with which *path* is answered, 0 if it is not in time."""
    connection = HTTPConnection(HOST, port, timeout=seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
