"""Combinations of settings that cannot work, and the sentence that corrects each."""

import ssl

from waypost.config import Settings, SettingsError
from waypost.wiring.drivers import REDIS, missing_drivers
from waypost.wiring.topology import topology_of

_SHARED_DATABASE = (
    "Set DATABASE_URL to postgresql://user:password@host/database, which several "
    "processes can use at once."
)

_SHARES_DATABASE = frozenset({"app", "edge", "ingest", "keygen", "rows", "warmer"})
_NEEDS_KAFKA = frozenset({"ingest", "rows"})
_NEEDS_REDIS = frozenset({"warmer"})


def check_process(name: str, settings: Settings) -> None:
    """Refuse settings with which the process called *name* cannot work.

    Raises:
        SettingsError: It needs what they do not name, or a driver is not installed.
    """
    who = f"`waypost run {name}`"
    if name in _SHARES_DATABASE:
        require_shared_database(settings, who=who)
    if name in _NEEDS_KAFKA:
        require_kafka(settings, who=who)
    if name in _NEEDS_REDIS:
        require_redis(settings, who=who)
    check_combination(settings)
    require_drivers(name, settings)


def require_drivers(name: str, settings: Settings) -> None:
    """Refuse to run the process called *name* without a driver that it will import.

    Raises:
        SettingsError: One is not installed; the text says how to install it.
    """
    missing = missing_drivers(settings)
    if name == "keygen" and REDIS.is_missing:  # also where it has no node yet
        missing.append(REDIS)
    if missing:
        raise SettingsError(missing[0].advice)


def require_shared_database(settings: Settings, *, who: str) -> None:
    """Refuse to run *who* next to other processes without a database for them all.

    Raises:
        SettingsError: `DATABASE_URL` names no such database.
    """
    if not topology_of(settings).is_shared:
        raise SettingsError(
            f"{who} shares its links with other processes, and an embedded database "
            f"belongs to one. {_SHARED_DATABASE} "
            "Or run everything in one process: `waypost serve`."
        )


def require_redis(settings: Settings, *, who: str) -> None:
    """Refuse to run *who* without Redis.

    Raises:
        SettingsError: `REDIS_URL` is not set.
    """
    if not topology_of(settings).has_redis:
        raise SettingsError(
            f"{who} works on the shared cache. Set REDIS_URL to "
            "redis://host:6379/0, or run without it: no other process needs it."
        )


def require_kafka(settings: Settings, *, who: str) -> None:
    """Refuse to run *who* without Kafka.

    Raises:
        SettingsError: `KAFKA_BOOTSTRAP_SERVERS` is not set.
    """
    if not topology_of(settings).has_kafka:
        raise SettingsError(
            f"{who} works on the clicks that come through Kafka. Set "
            "KAFKA_BOOTSTRAP_SERVERS to host:9092, or run without it: then every "
            "server works on its own clicks."
        )


def check_combination(settings: Settings) -> None:
    """Refuse settings with which no server can work.

    Raises:
        SettingsError: No process could count the clicks, or Kafka would refuse every
            connection, or a replica has no primary.
    """
    topology = topology_of(settings)
    if topology.has_kafka and not topology.is_shared:
        raise SettingsError(
            "With KAFKA_BOOTSTRAP_SERVERS clicks are counted by other processes, and "
            f"an embedded database belongs to one. {_SHARED_DATABASE} Or remove "
            "KAFKA_BOOTSTRAP_SERVERS from the settings."
        )
    check_kafka_access(settings)
    if settings.REDIS_REPLICA_URL and not topology.has_redis:
        raise SettingsError(
            "REDIS_REPLICA_URL is set, but not the primary that it copies. Set "
            "REDIS_URL as well."
        )


def check_kafka_access(settings: Settings) -> None:
    """Refuse settings that Kafka's protocol lacks, or would not use.

    Raises:
        SettingsError: The user name, the password or the file of certificates is
            missing, not needed, or no such file.
    """
    protocol, ca_file = settings.KAFKA_SECURITY_PROTOCOL, settings.KAFKA_SSL_CA_FILE
    credentials = (settings.KAFKA_SASL_USERNAME, settings.KAFKA_SASL_PASSWORD)
    if "sasl" in protocol and not all(credentials):
        raise SettingsError(
            f"KAFKA_SECURITY_PROTOCOL={protocol} needs a user name and a password. Set "
            "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD."
        )
    if "sasl" not in protocol and any(credentials):
        raise SettingsError(
            f"KAFKA_SECURITY_PROTOCOL={protocol} sends no user name or password. "
            "Set it to sasl_ssl, or remove KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD "
            "from the settings."
        )
    if "ssl" not in protocol and ca_file:
        raise SettingsError(
            f"KAFKA_SECURITY_PROTOCOL={protocol} checks no certificate. Set it to "
            "ssl or sasl_ssl, or remove KAFKA_SSL_CA_FILE from the settings."
        )
    if ca_file:
        _check_certificates(ca_file)


def _check_certificates(path: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError as error:  # also where it holds no certificate
        raise SettingsError(
            "KAFKA_SSL_CA_FILE cannot be read as certificates in PEM. Name a file that "
            "begins with -----BEGIN CERTIFICATE----- and that this user may read."
        ) from error
