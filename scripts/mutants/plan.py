"""Which files are mutated, and which tests judge each."""

from dataclasses import dataclass

PACKAGE = "src/waypost/"


@dataclass(frozen=True, slots=True)
class Target:
    """A file and its tests; a folder stands for all its tests."""

    file: str
    """Path below `src/waypost/`."""
    first: tuple[str, ...]
    """Paths below `tests/`: the module's own tests and its port's contracts."""
    wider: tuple[str, ...]
    """What runs besides when those notice nothing."""

    @property
    def path(self) -> str:
        """Path from the root of the project."""
        return PACKAGE + self.file


_KEYGEN = ("integration/keygen",)
_API = (
    "integration/api/links/test_routes.py",
    "integration/api/links/test_shorten.py",
    "integration/api/test_operations.py",
    "integration/api/test_problems.py",
    "integration/api/links/test_published_first.py",
)
_ACCESS = ("unit/services/access",)
_FAST_PATH = ("integration/edge/test_fast_path.py", "unit/http", "integration/http")
_EDGE = ("unit/edge", "integration/edge")
_JOURNAL = (
    "unit/journal",
    "unit/wire/test_journal_record.py",
    "contract/clicks/test_clicks.py",
)
_OUTSIDE = ("e2e/embedded/test_first_visit.py",)
_BUS = (
    "contract/clicks/test_click_bus.py",
    "integration/kafka/test_exactly_once.py",
    "integration/kafka/test_dead_letters.py",
)
_VISITS = (
    "unit/edge/forms",
    "unit/edge/domains",
    "contract/vectors/visits/test_visits.py",
)
_REPEATS = ("integration/api/repeats",)
_TITLES = ("unit/domain/titles", "integration/titles")
_ENRICHMENT = ("unit/services/analytics",)

TARGETS = (
    Target(
        "domain/sequences.py", ("unit/domain",), ("contract/clicks/test_counts.py",)
    ),
    Target("domain/codes.py", ("unit/domain",), ("unit/services", *_API)),
    Target("domain/urls/targets.py", ("unit/domain",), ("unit/services", *_API)),
    Target(
        "services/rounds.py",
        ("unit/services/test_rounds.py",),
        ("unit/services/clicks", "unit/services/links"),
    ),
    Target(
        "services/clicks/count.py",
        ("unit/services", "contract/clicks/test_counts.py"),
        _BUS,
    ),
    Target(
        "services/clicks/journal_counts.py",
        (
            "unit/services/clicks/test_journal_counter.py",
            "unit/journal/test_crashes.py",
        ),
        ("unit/services", "contract/clicks/test_clicks.py", *_API, *_OUTSIDE),
    ),
    Target(
        "services/clicks/bus_counter.py",
        (
            "unit/services/clicks/test_bus_counter.py",
            "unit/services/clicks/test_isolate.py",
        ),
        ("unit/services", *_BUS),
    ),
    Target(
        "services/clicks/forward.py",
        ("unit/services/clicks/test_forward.py",),
        ("unit/services", "integration/forward"),
    ),
    Target(
        "services/links/create_batches.py",
        ("unit/services",),
        ("integration/test_creating_on_postgres.py", *_API),
    ),
    Target(
        "services/links/relay.py",
        ("unit/services/links/test_relay.py",),
        ("unit/services", "contract/test_outbox.py", *_API),
    ),
    Target(
        "services/ids/allocate.py",
        ("unit/services/ids/test_allocate.py",),
        ("unit/services", *_API),
    ),
    Target(
        "services/ids/lease.py",
        ("unit/services/ids/test_lease.py",),
        ("unit/services", *_KEYGEN),
    ),
    Target("http/connections/backlog.py", _FAST_PATH, _EDGE),
    Target("http/connections/connection.py", _FAST_PATH, (*_EDGE, *_OUTSIDE)),
    Target("http/connections/framing.py", _FAST_PATH, _EDGE),
    Target("http/connections/heads.py", _FAST_PATH, _EDGE),
    Target("edge/fast/protocol.py", _FAST_PATH, (*_EDGE, *_OUTSIDE)),
    Target("edge/lookups.py", _EDGE, ("integration/test_slow_servers.py",)),
    Target("edge/fast/turn.py", _FAST_PATH, (*_EDGE, *_OUTSIDE)),
    Target(
        "adapters/memory/near_cache.py",
        ("contract/caches/test_caching.py", "unit/edge"),
        (),
    ),
    Target(
        "adapters/journal/writing/writer.py", _JOURNAL, ("unit/services", *_OUTSIDE)
    ),
    Target("adapters/journal/files/scan.py", _JOURNAL, _OUTSIDE),
    Target("adapters/journal/writing/recovery.py", _JOURNAL, _OUTSIDE),
    Target(
        "adapters/journal/writing/tail.py",
        _JOURNAL,
        ("unit/services/clicks/test_journal_counter.py",),
    ),
    Target(
        "adapters/redis/blocks.py",
        ("contract/test_blocks.py", "integration/keygen/test_redis_blocks.py"),
        _KEYGEN,
    ),
    Target("services/analytics/enrich.py", _ENRICHMENT, ()),
    Target("services/analytics/steps/visitor.py", _ENRICHMENT, ()),
    Target("services/analytics/steps/referrer.py", _ENRICHMENT, ()),
    Target("http/client_address.py", ("unit/http",), _EDGE),
    Target("domain/access/key_text.py", ("unit/domain/test_key_text.py",), ()),
    Target("services/access/authenticate.py", _ACCESS, ("integration/api/access",)),
    Target("services/access/known_keys.py", _ACCESS, ("integration/api/access",)),
    Target("services/access/manage.py", ("integration/api/access",), _ACCESS),
    Target("api/access/guard.py", ("integration/api/access",), _API),
    Target("edge/forms/gate.py", _VISITS, ("unit/edge",)),
    Target("edge/forms/passwords.py", _VISITS, ("unit/edge",)),
    Target("edge/forms/confirmations.py", _VISITS, ("unit/edge",)),
    Target("edge/forms/visitor_forms.py", _VISITS, ("unit/edge",)),
    Target("edge/domains/visited.py", _VISITS, ("unit/edge", "integration/domains")),
    Target("edge/domains/hosts.py", _VISITS, ("unit/edge", "integration/domains")),
    Target("edge/domains/paths.py", _VISITS, ("unit/edge", "integration/domains")),
    Target("services/visits/passwords.py", _VISITS, ("unit/edge",)),
    Target(
        "api/links/quarantine.py",
        ("integration/api/links/states/test_quarantine.py",),
        ("integration/abuse", *_API),
    ),
    Target("api/repeats/once.py", _REPEATS, _API),
    Target("api/idempotency_key.py", _REPEATS, _API),
    Target("services/requests/running.py", _REPEATS, _API),
    Target("api/access/own_links.py", ("integration/api/access",), _API),
    Target("services/domains/manage.py", ("integration/domains",), _API),
    Target("services/domains/known.py", ("integration/domains",), ("unit/edge",)),
    Target("domain/passwords/texts.py", ("unit/edge/forms",), _API),
    Target("domain/titles/addresses.py", _TITLES, ()),
    Target("domain/titles/pages.py", _TITLES, ()),
    Target("adapters/fetching/connector.py", _TITLES, ()),
    Target("services/titles/fetches.py", _TITLES, ()),
    Target("api/links/routes.py", _API, ("integration/test_creating_on_postgres.py",)),
)


def chosen(names: list[str]) -> list[Target]:
    """Return the targets that *names* name, by path or by the path's end; none: all.

    Raises:
        ValueError: A name fits no target.
    """
    if not names:
        return list(TARGETS)
    return [target for name in names for target in _named(name)]


def _named(name: str) -> list[Target]:
    ending = "/" + name.removesuffix(".py") + ".py"
    found = [target for target in TARGETS if ("/" + target.path).endswith(ending)]
    if not found:
        raise ValueError(f"{name} is none of the files in scripts/mutants/plan.py")
    return found
