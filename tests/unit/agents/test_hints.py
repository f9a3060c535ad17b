"""What client hints add to a user agent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.adapters.agents.clients import ParsedClients
from waypost.domain.agents.hints import NO_HINTS, hints_of

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/137.0.0.0 Safari/537.36"
)
PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/137.0.0.0 Mobile Safari/537.36"
)
BRANDS = '"Chromium";v="137", "%s";v="137", "Not/A)Brand";v="24"'


@pytest.fixture(scope="module")
def clients() -> ParsedClients:
    """What reads devices, systems and browsers."""
    return ParsedClients()


@pytest.mark.parametrize(
    ("agent", "hints", "client"),
    [
        (CHROME, ("Google Chrome", "?0", '"Linux"'), "desktop linux chrome"),
        (CHROME, ("Google Chrome", "?0", '"Android"'), "tablet android chrome"),
        (CHROME, ("Google Chrome", "?1", '"Android"'), "phone android chrome"),
        (CHROME, ("Google Chrome", "?0", '"Chrome OS"'), "desktop chromeos chrome"),
        (CHROME, ("Brave", "?0", '"Linux"'), "desktop linux other"),
        (CHROME, ("Microsoft Edge", "?0", '"Windows"'), "desktop windows edge"),
        (PHONE, ("Google Chrome", "?1", '"Android"'), "phone android chrome"),
        (PHONE, ("Samsung Internet", "?1", '"Android"'), "phone android samsung"),
        (CHROME, ("Google Chrome", "", ""), "desktop linux chrome"),
        (CHROME, ("Google Chrome", "?1", '"Fuchsia"'), "phone linux chrome"),
    ],
)
def test_hints_know_more(
    clients: ParsedClients,
    agent: str,
    hints: tuple[str, str, str],
    client: str,
) -> None:
    """Platform, brand and `mobile` are used where the agent hides them."""
    brand, mobile, platform = hints
    sent = f"{BRANDS % brand};{mobile};{platform}"
    assert " ".join(map(str, clients.client(agent, sent))) == client


@pytest.mark.parametrize("text", ["", "x", ";", '"a";v="1"'])
def test_no_hints_say_nothing(text: str) -> None:
    """Text without three parts has no hints."""
    assert hints_of(text) == NO_HINTS


def test_hints_are_read_from_the_end() -> None:
    """Brands have semicolons of their own."""
    hints = hints_of('"A";v="1", "B\\"C";v="2";?0;"Linux"')
    assert hints.brands >= {"A", 'B\\"C'}
    assert (hints.is_mobile, hints.platform) == (False, "Linux")


@given(st.text(max_size=80))
def test_any_text_has_hints(text: str) -> None:
    """Nothing that a client sends is an error."""
    assert hints_of(text).is_mobile in {True, False, None}
