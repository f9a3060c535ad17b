"""Ids are leased over HTTP as in `contracts/id-lease`."""

import httpx
import pytest

from tests.contract.vectors.files import Case, cases, name_of
from waypost.adapters.keygen_client import KeygenBlocks
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.domain.codes import IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.keygen.app import KeygenApp
from waypost.keygen.health import KeygenHealth
from waypost.telemetry.metrics import Metrics

URL = "http://keygen"
DEFAULT = 17


class Request(Case, frozen=True, kw_only=True):
    """A body of a request; a size of 0 leaves it to keygen."""

    text: str
    size: int
    refusal: str | None


class Answer(Case, frozen=True, kw_only=True):
    """A body of an answer to a request for *size* ids."""

    text: str
    size: int
    block: tuple[int, int] | None


async def _fine() -> None:
    """Answer."""


def keygen() -> httpx.AsyncClient:
    """Return a client of a keygen in this process, which has leased nothing."""
    app = KeygenApp(
        blocks=MemoryBlocks(),
        health=KeygenHealth(database=_fine, nodes=()),
        metrics=Metrics(),
        block_size=DEFAULT,
        request_timeout_seconds=60,
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL)


@pytest.mark.parametrize("case", cases("id-lease/requests.json", Request), ids=name_of)
async def test_requests(case: Request) -> None:
    """Keygen leases as many ids as the body says, or says what is wrong with it."""
    async with keygen() as client:
        answer = await client.post("/allocate", content=case.text)
    if case.refusal is not None:
        assert answer.json()["code"] == case.refusal
        return
    size = case.size or DEFAULT
    assert answer.text == f'{{"start":1,"end":{size}}}'


@pytest.mark.parametrize("case", cases("id-lease/answers.json", Answer), ids=name_of)
async def test_answers(case: Answer) -> None:
    """A client takes a block of the size that it has asked for, and nothing else."""
    requests: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request.content)
        return httpx.Response(200, text=case.text)

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport) as client:
        blocks = KeygenBlocks(client, url=URL)
        if case.block is None:
            with pytest.raises(BackendUnavailable):
                await blocks.lease(case.size)
        else:
            block = IdBlock(start=case.block[0], end=case.block[1])
            assert await blocks.lease(case.size) == block
    assert requests == [f'{{"size":{case.size}}}'.encode()]
