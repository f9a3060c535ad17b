"""One cluster for all tests that leave it as they found it: it takes long to start."""

from collections.abc import Iterator

import pytest
from cluster.local import Cluster
from cluster.servers.programs import MissingServerError


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The whole product; a test starts again what it kills."""
    try:
        planned = Cluster(tmp_path_factory.mktemp("cluster"))
    except MissingServerError as error:
        pytest.skip(str(error))
    with planned:
        yield planned
