"""Writes small files in the format of MaxMind, version 2, for tests."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import TypeAlias

Value: TypeAlias = "str | int | Mapping[str, Value] | Sequence[Value]"
_MARK = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = bytes(16)
_TEXT, _SHORT, _INTEGER, _MAP, _LONG, _ARRAY = 2, 5, 6, 7, 9, 11
"""The format's types; those above the next one take a byte more."""
_EXTENDED = 7


def write_database(path: Path, records: Mapping[str, Value]) -> None:
    """Write a database of the IPv4 networks of *records* in one step."""
    data = b""
    tree: list[list[int | None]] = [[None, None]]
    leaves: dict[tuple[int, int], int] = {}
    for network, record in records.items():
        _add(tree, leaves, network, len(data))
        data += _encoded(record)
    nodes = len(tree)
    search = b"".join(
        (
            leaves[node, bit] + nodes + len(_SEPARATOR)
            if (node, bit) in leaves
            else (child if child is not None else nodes)
        ).to_bytes(4)
        for node, pair in enumerate(tree)
        for bit, child in enumerate(pair)
    )
    metadata = _map(
        {
            "binary_format_major_version": _number(2, _SHORT),
            "binary_format_minor_version": _number(0, _SHORT),
            "build_epoch": _number(1, _LONG),
            "database_type": _encoded("Test-City"),
            "description": _encoded({"en": "for tests"}),
            "ip_version": _number(4, _SHORT),
            "languages": _encoded(["en"]),
            "node_count": _number(nodes, _INTEGER),
            "record_size": _number(32, _SHORT),
        }
    )
    new = path.with_suffix(".new")
    new.write_bytes(search + _SEPARATOR + data + _MARK + metadata)
    new.replace(path)


def _add(
    tree: list[list[int | None]],
    leaves: dict[tuple[int, int], int],
    network: str,
    offset: int,
) -> None:
    """Add the path of a network's bits to the tree."""
    parsed = ip_network(network)
    bits = format(int(parsed.network_address), "032b")[: parsed.prefixlen]
    node = 0
    for bit in map(int, bits[:-1]):
        child = tree[node][bit]
        if child is None:
            child = tree[node][bit] = len(tree)
            tree.append([None, None])
        node = child
    leaves[node, int(bits[-1])] = offset


def _encoded(value: Value) -> bytes:
    if isinstance(value, str):
        content = value.encode()
        return bytes([_TEXT << 5 | len(content)]) + content
    if isinstance(value, int):
        return _number(value, _INTEGER)
    if isinstance(value, Mapping):
        return _map({key: _encoded(item) for key, item in value.items()})
    return bytes([len(value), _ARRAY - _EXTENDED]) + b"".join(map(_encoded, value))


def _map(items: Mapping[str, bytes]) -> bytes:
    parts = b"".join(_encoded(key) + item for key, item in items.items())
    return bytes([_MAP << 5 | len(items)]) + parts


def _number(value: int, kind: int) -> bytes:
    content = value.to_bytes(8).lstrip(b"\0")
    if kind > _EXTENDED:
        return bytes([len(content), kind - _EXTENDED]) + content
    return bytes([kind << 5 | len(content)]) + content
