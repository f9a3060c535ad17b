"""URLs among the settings: the form of each. An empty one is not set."""

from ipaddress import ip_address
from typing import Annotated, Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator

_DATABASE_SCHEMES: Final = frozenset({"memory", "postgresql", "sqlite"})
_DATABASE_SPELLINGS: Final = {
    "postgres": "postgresql",
    "postgresql+asyncpg": "postgresql",
}
"""Other names of these, as other programs write them."""


def _database_url(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    scheme = scheme.lower()
    scheme = _DATABASE_SPELLINGS.get(scheme, scheme)
    if value and scheme not in _DATABASE_SCHEMES:
        raise ValueError(
            "it must begin with sqlite:/// or postgresql://, or be memory://"
        )
    return scheme + separator + rest


def _redis_url(value: str) -> str:
    parts = urlsplit(value)
    if value and parts.scheme not in {"redis", "rediss"}:
        raise ValueError("it must begin with redis:// or rediss://")
    if not _has_usable_port(parts):
        raise ValueError(
            "it must look like redis://:password@host:6379/0, where special "
            "characters of the password are written as %40 and the like"
        )
    return value


def _service_urls(value: str) -> str:
    for url in filter(None, value.split(",")):
        if not _is_of_the_web(urlsplit(url.strip())):
            raise ValueError("it must look like http://keygen:8100")
    return value


def _clickhouse_url(value: str) -> str:
    if value and not _is_of_the_web(urlsplit(value)):
        raise ValueError(
            "it must look like http://clickhouse:8123, the port of its HTTP interface"
        )
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if value and not _is_of_the_web(parts):
        raise ValueError("it must look like https://go.example.com")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("it must end after the host name and port")
    return value.rstrip("/")


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    if value == ("*",):
        return value
    origins = tuple(one.lower().rstrip("/") for one in value)
    for parts in map(urlsplit, origins):
        if not _is_of_the_web(parts) or parts.geturl() != _origin(parts):
            raise ValueError(
                "each origin must look like https://app.example.com; * stands alone"
            )
    return origins


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _is_of_the_web(parts: SplitResult) -> bool:
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return is_web and _has_usable_port(parts)


def _has_usable_port(parts: SplitResult) -> bool:
    """Return whether the port, if there is one, is a number."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Return whether *host* is this machine itself, reached without a proxy."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


BaseUrl: TypeAlias = Annotated[str, AfterValidator(_base_url)]
ClickHouseUrl: TypeAlias = Annotated[str, AfterValidator(_clickhouse_url)]
DatabaseUrl: TypeAlias = Annotated[str, AfterValidator(_database_url)]
Origins: TypeAlias = Annotated[tuple[str, ...], AfterValidator(_origins)]
RedisUrl: TypeAlias = Annotated[str, AfterValidator(_redis_url)]
ServiceUrls: TypeAlias = Annotated[str, AfterValidator(_service_urls)]
