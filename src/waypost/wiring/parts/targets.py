"""Which targets are allowed: from the settings and from this machine's names."""

from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from waypost.adapters.abuse.blocklist_files import BlocklistFiles, UnreadableList
from waypost.adapters.local import IdnaHostNames
from waypost.adapters.machine import is_own_address, own_names
from waypost.config import Settings, SettingsError
from waypost.domain.errors import InvalidTarget
from waypost.domain.urls.own_server import OwnServer, own_origin
from waypost.domain.urls.targets import TargetPolicy


def target_policy(
    settings: Settings, *, to_ascii: Callable[[str], str]
) -> TargetPolicy:
    """Return which targets the server of these settings accepts.

    Raises:
        SettingsError: `BASE_URL` or `OWN_HOSTS` has no valid host or port.
    """
    return TargetPolicy(
        schemes=settings.ALLOWED_SCHEMES,
        max_length=settings.TARGET_MAX_LENGTH,
        allow_credentials=settings.ALLOW_CREDENTIALS_IN_TARGETS,
        own=own_server(settings, to_ascii=to_ascii),
    )


def own_server(settings: Settings, *, to_ascii: Callable[[str], str]) -> OwnServer:
    """Return where the server of these settings is reached.

    Raises:
        SettingsError: As `target_policy`.
    """
    base = urlsplit(settings.base_url)
    configured = [("BASE_URL", base.scheme, base.netloc)]
    configured += [("OWN_HOSTS", "http", name) for name in settings.OWN_HOSTS]
    hosts, ports = set[str](), {settings.PORT}
    for name, scheme, authority in configured:
        try:
            host, own_ports = own_origin(authority, scheme=scheme, to_ascii=to_ascii)
        except InvalidTarget as error:
            raise SettingsError(f"{name} is wrong: {error}") from error
        hosts.add(host)
        ports |= own_ports
    for name in {_in_url(settings.HOST), *own_names()}:
        with suppress(InvalidTarget):  # a name that no URL can contain
            hosts.add(own_origin(name, scheme="http", to_ascii=to_ascii)[0])
    return OwnServer(
        hosts=frozenset(hosts), ports=frozenset(ports), is_own_address=is_own_address
    )


def open_blocklists(
    settings: Settings, *, to_ascii: Callable[[str], str]
) -> BlocklistFiles:
    """Return the blocklists of *settings*, read.

    Raises:
        SettingsError: One of the files cannot be read; the text says why.
    """
    try:
        return BlocklistFiles(settings.BLOCKLIST_FILES, to_ascii=to_ascii)
    except UnreadableList as error:
        raise SettingsError(f"BLOCKLIST_FILES is wrong: {error}") from error


def count_blocked(settings: Settings) -> int:
    """Return the number of entries in the blocklists of *settings*.

    Raises:
        SettingsError: As `open_blocklists`.
    """
    lists = open_blocklists(settings, to_ascii=IdnaHostNames().to_ascii)
    return len(lists.current)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
