"""An application whose clock stands still."""

import pytest

from tests.integration.api.conftest import Api
from tests.integration.api.reports.stored import FixedClock


@pytest.fixture
def api() -> Api:
    """Parts of an application at noon of a day in May."""
    return Api(clock=FixedClock())
