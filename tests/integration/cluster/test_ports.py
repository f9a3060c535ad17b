"""No server finds its port taken when it comes back."""

import subprocess
import sys

import pytest
from cluster.servers.ports import free_ports

_TAKE = """
from cluster.servers.ports import free_ports
print(*free_ports(40), flush=True)
input()
"""

_FORK = """
import os
from cluster.servers.ports import free_port
for _ in range(200):
    pid = os.fork()
    if pid == 0:
        free_port()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""


def test_no_port_is_given_twice() -> None:
    """Not even one without a listener: its server may only be down."""
    ports = [*free_ports(60), *free_ports(60)]
    assert len(set(ports)) == len(ports)


@pytest.mark.slow
def test_processes_side_by_side_get_different_ports() -> None:
    """Tests run in several processes, also of other checkouts and with any ids."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _TAKE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    try:
        taken = free_ports(40)
        for process in processes:
            assert process.stdout is not None
            taken += map(int, process.stdout.readline().split())
    finally:
        for process in processes:
            process.communicate("\n")
    assert len(set(taken)) == len(taken) == 7 * 40


@pytest.mark.slow
def test_slices_of_processes_that_ended_are_free_again() -> None:
    """More processes than there are slices can come one after the other."""
    subprocess.run([sys.executable, "-c", _FORK], check=True)
