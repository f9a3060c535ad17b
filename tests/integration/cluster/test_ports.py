"""No server finds its port taken when it comes back."""

from itertools import islice

from cluster.servers.ports import candidates, free_ports


def test_no_port_is_given_twice() -> None:
    """Not even one that nobody listens on: its server may only be down."""
    ports = [*free_ports(60), *free_ports(60)]
    assert len(set(ports)) == len(ports)


def test_processes_side_by_side_get_different_ports() -> None:
    """Tests run in several processes, which are started one after the other."""
    slices = [set(islice(candidates(pid), 2_000)) for pid in range(4_190, 4_200)]
    assert len(set.union(*slices)) == sum(map(len, slices)) == 10_000
