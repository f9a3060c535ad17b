"""The table of what runs where, for a terminal of 80 columns."""

from cluster.local import Cluster


def overview(cluster: Cluster) -> str:
    """Return the table; it names the secret that lets its reader change links."""
    rows = _rows(cluster)
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {where}" for name, where in rows)


def _rows(cluster: Cluster) -> list[tuple[str, str]]:
    topology = cluster.topology
    backends = topology.backends
    kafka = "Kafka" if backends.kafka.is_apache else "Kafka (stand-in)"
    workers = (*topology.ingests, *topology.rows, topology.warmer)
    return [
        ("Waypost", cluster.url),
        ("admin token", cluster.admin_token),
        *((process.name, process.url) for process in topology.apps),
        *((process.name, process.url) for process in topology.keygens),
        *((process.name, f"{process.url}/metrics") for process in workers),
        ("PostgreSQL", topology.settings["DATABASE_URL"]),
        ("Redis", backends.redis.url),
        ("Redis replica", backends.redis_replica.url),
        ("keygen's Redis", backends.redis_keygen.url),
        (kafka, backends.kafka.bootstrap_servers),
        ("data and logs", str(cluster.folder)),
    ]
