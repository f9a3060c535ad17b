"""Statements about domains."""

from collections.abc import Sequence
from typing import Final, TypeAlias

import msgspec
from sqlalchemy import Connection, RowMapping, delete, exists, func, select, update

from waypost.adapters.sql.dialect import Locks, inserting, lock
from waypost.adapters.sql.schema.domain_tables import domains
from waypost.adapters.sql.tables import links
from waypost.domain.domains.domains import DomainState, LinkDomain
from waypost.domain.qr.looks import LogoMark, QrLevel, QrLooks
from waypost.ports.domains.store import MOST_COUNTED
from waypost.wire.link_options import decode_options, encode_options

_Values: TypeAlias = dict[str, object]
_STATES: Final = {state.value: state for state in DomainState}
_LEVELS: Final = {level.value: level for level in QrLevel}
_COLUMNS: Final = [one for one in domains.columns if one.name != "qr_logo"]
"""All but the logos, which may be long."""
_ALL: Final = [0]
"""One number for all domains: changes of them are few."""
_PLAIN: Final = (
    "root_url",
    "not_found_url",
    "unknown_path_url",
    "expired_url",
    "case_sensitive",
    "version",
    "created_at",
    "updated_at",
)
"""The fields that a column has as they are."""


def hold(connection: Connection) -> None:
    """Keep other transactions from changing domains before this one ends."""
    lock(connection, Locks.DOMAINS, _ALL)


def all_domains(connection: Connection) -> Sequence[LinkDomain]:
    """Return every domain that is stored, by host."""
    rows = connection.execute(select(*_COLUMNS).order_by(domains.c.host)).mappings()
    return [_domain_of(row) for row in rows]


def domain_with_host(connection: Connection, host: str) -> LinkDomain | None:
    """Return the domain with exactly this host, or None."""
    query = select(*_COLUMNS).where(domains.c.host == host)
    row = connection.execute(query).mappings().first()
    return None if row is None else _domain_of(row)


def put_domain(connection: Connection, domain: LinkDomain) -> None:
    """Store *domain*, in place of what is stored of its host."""
    values = _values(domain)
    putting = inserting(connection.dialect.name, domains).values(values)
    fresh = {name: putting.excluded[name] for name in values if name != "host"}
    connection.execute(
        putting.on_conflict_do_update(index_elements=["host"], set_=fresh)
    )


def logo_of(connection: Connection, host: str) -> str | None:
    """Return the logo of a domain, or None."""
    query = select(domains.c.qr_logo).where(domains.c.host == host)
    found: str | None = connection.scalar(query)
    return found


def put_logo(connection: Connection, host: str, logo: str | None) -> None:
    """Store the logo of a domain, or that it has none."""
    connection.execute(
        update(domains).where(domains.c.host == host).values(qr_logo=logo)
    )


def remove_domain(connection: Connection, host: str) -> None:
    """Remove a domain."""
    connection.execute(delete(domains).where(domains.c.host == host))


def has_links(connection: Connection, host: str) -> bool:
    """Return whether a domain has links that are not deleted."""
    of_host = (links.c.domain == host) & links.c.deleted_at.is_(None)
    return bool(connection.scalar(select(exists().where(of_host))))


def count_links(connection: Connection, host: str) -> int:
    """Return how many links a domain has, `MOST_COUNTED` and one at most."""
    of_host = (links.c.domain == host) & links.c.deleted_at.is_(None)
    some = select(links.c.id).where(of_host).limit(MOST_COUNTED + 1).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def _values(domain: LinkDomain) -> _Values:
    return {
        "host": domain.host,
        "state": domain.state.value,
        "defaults": encode_options(domain.defaults).decode(),
        "well_known": _well_known_text(domain),
        **{name: getattr(domain, name) for name in _PLAIN},
        **_look_values(domain.qr),
    }


def _domain_of(row: RowMapping) -> LinkDomain:
    return LinkDomain(
        host=row["host"],
        state=_STATES[row["state"]],
        defaults=decode_options(row["defaults"]),
        well_known=_well_known_in(row["well_known"]),
        qr=_looks_of(row),
        **{name: row[name] for name in _PLAIN},
    )


def _well_known_text(domain: LinkDomain) -> str | None:
    if not domain.well_known:
        return None
    return msgspec.json.encode(dict(domain.well_known)).decode()


def _well_known_in(text: str | None) -> tuple[tuple[str, str], ...]:
    if text is None:
        return ()
    return tuple(msgspec.json.decode(text, type=dict[str, str]).items())


def _look_values(looks: QrLooks) -> _Values:
    return {
        "qr_color": looks.color,
        "qr_background": looks.background,
        "qr_margin": looks.margin,
        "qr_level": looks.level.value,
        "qr_logo_sha256": looks.logo and looks.logo.sha256,
        "qr_logo_length": looks.logo and looks.logo.length,
    }


def _looks_of(row: RowMapping) -> QrLooks:
    sha256, length = row["qr_logo_sha256"], row["qr_logo_length"]
    return QrLooks(
        color=row["qr_color"],
        background=row["qr_background"],
        margin=row["qr_margin"],
        level=_LEVELS[row["qr_level"]],
        logo=LogoMark(sha256=sha256, length=length) if sha256 else None,
    )
