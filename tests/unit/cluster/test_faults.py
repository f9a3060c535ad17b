"""The faults of a chaos run can be repeated, and hit every server."""

from collections import Counter, defaultdict
from itertools import islice

from cluster.chaos.faults import Kind, rounds

TARGETS = ["app-1", "app-2", "kafka", "postgres", "redis"]


def test_a_seed_replays_its_run() -> None:
    """The same seed chooses the same; another one does not."""
    first = list(islice(rounds(TARGETS, seed=7), 50))
    assert list(islice(rounds(TARGETS, seed=7), 50)) == first
    assert list(islice(rounds(TARGETS, seed=8), 50)) != first


def test_every_server_has_a_turn() -> None:
    """Every target is hurt soon, and those that clicks pass more often."""
    hurt = Counter(
        fault.target
        for one in islice(rounds(TARGETS, seed=1), 100)
        for fault in one.faults
    )
    assert set(hurt) == set(TARGETS)
    assert min(hurt.values()) >= 10
    assert hurt["kafka"] > 1.2 * hurt["redis"]


def test_no_deal_is_without_a_loss_or_a_copy() -> None:
    """A run of two minutes, some twenty rounds, leaves none of them to chance."""
    for seed in range(50):
        kinds = {
            fault.kind
            for one in islice(rounds(TARGETS, seed=seed), 14)
            for fault in one.faults
        }
        assert {Kind.EVICT, Kind.DELETE} <= kinds
        assert kinds & {Kind.CLONE, Kind.RESTORE}


def test_no_server_has_two_faults_at_a_time() -> None:
    """Two faults of one round have two targets; only apps have forwarders."""
    chosen = list(islice(rounds(TARGETS, seed=1), 300))
    assert {len(one.faults) for one in chosen} == {1, 2}
    for one in chosen:
        assert len({fault.target for fault in one.faults}) == len(one.faults)
    kinds: defaultdict[str, set[Kind]] = defaultdict(set)
    for one in chosen:
        for fault in one.faults:
            kinds[fault.target].add(fault.kind)
    assert kinds["postgres"] == {Kind.KILL, Kind.FREEZE}
    assert kinds["redis"] == {Kind.KILL, Kind.FREEZE, Kind.EVICT}
    assert kinds["kafka"] == {Kind.KILL, Kind.FREEZE, Kind.DELETE}
    assert kinds["app-1"] == set(Kind) - {Kind.EVICT, Kind.DELETE}


def test_a_round_can_be_read() -> None:
    """Its text names the fault and the server."""
    texts = {
        str(one.faults[0]).partition(" (")[0]
        for one in islice(rounds(TARGETS, seed=1), 300)
    }
    assert {"kill -9 kafka", "freeze redis", "freeze the forwarder of app-1"} <= texts
