"""The cache of the issuer's keys: rotation, the limit of refreshes, and outages."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from gql_leads.domain.errors import Unavailable
from gql_leads.services.sign_in.oidc.issuer_documents import IssuerFault, KeysById
from gql_leads.services.sign_in.oidc.issuer_keys import ASK_SECONDS, IssuerKeys
from tests.oidc_issuer import KEYS, Issuer, oidc_issuer


@dataclass
class Seconds:
    """A monotonic clock that changes only when a test moves it."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with oidc_issuer() as running:
        yield running


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def keys(issuer: Issuer, clock: Seconds) -> IssuerKeys:
    return IssuerKeys(issuer.url, clock=clock)


async def test_a_known_key_needs_no_request(issuer: Issuer, keys: IssuerKeys) -> None:
    for _ in range(3):
        assert await keys.find("first") is not None
    assert issuer.requests.count(KEYS) == 1


async def test_an_unknown_key_refreshes_the_keys_at_most_once_a_minute(issuer: Issuer, keys: IssuerKeys, clock: Seconds) -> None:
    assert await keys.find("first") is not None
    clock.now += ASK_SECONDS
    issuer.rotate("second")
    assert await keys.find("second") is not None
    assert await keys.find("first") is None
    issuer.rotate("third")
    for _ in range(5):
        assert await keys.find("third") is None
    assert issuer.requests.count(KEYS) == 2
    clock.now += ASK_SECONDS - 1
    assert await keys.find("third") is None
    clock.now += 1
    assert await keys.find("third") is not None
    assert issuer.requests.count(KEYS) == 3


async def test_requests_that_arrive_together_share_one_refresh(issuer: Issuer, keys: IssuerKeys) -> None:
    found = await asyncio.gather(*(keys.find("first") for _ in range(20)), keys.find("made up"))
    assert [one is not None for one in found] == [True] * 20 + [False]
    assert issuer.requests.count(KEYS) == 1


async def test_a_refresh_survives_the_request_that_began_it() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    known: KeysById = {"first": {}}

    async def fetch(_: str) -> KeysById:
        begun.set()
        await may_end.wait()
        return known

    keys = IssuerKeys("https://login.example", fetch=fetch)
    first, second = asyncio.create_task(keys.find("first")), asyncio.create_task(keys.find("first"))
    await begun.wait()
    first.cancel()
    may_end.set()
    assert await second is known["first"]


async def test_known_keys_stay_in_use_during_an_outage(
    issuer: Issuer, keys: IssuerKeys, clock: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    assert await keys.find("first") is not None
    issuer.status = 503
    clock.now += ASK_SECONDS
    assert await keys.find("second") is None
    assert await keys.find("first") is not None
    assert "status 503. Tokens whose keys are known are still accepted" in caplog.text
    issuer.status = 200
    issuer.rotate("second")
    clock.now += ASK_SECONDS
    assert await keys.find("second") is not None
    assert "answers again" in caplog.text


async def test_without_any_key_the_refusal_is_temporary(issuer: Issuer, keys: IssuerKeys, clock: Seconds) -> None:
    issuer.discovery = {"issuer": "https://evil.example"}
    for _ in range(3):
        with pytest.raises(Unavailable, match="Try again"):
            await keys.find("first")
    assert len(issuer.requests) == 1
    issuer.discovery = {}
    clock.now += ASK_SECONDS
    assert await keys.find("first") is not None


async def test_keys_are_fetched_at_the_start_and_again_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    answers = iter([IssuerFault("away")] * 6 + [None, IssuerFault("away"), None])
    ended = asyncio.Event()

    async def fetch(_: str) -> KeysById:
        if (answer := next(answers, ended)) is ended:
            ended.set()
        elif isinstance(answer, IssuerFault):
            raise answer
        return {"first": {}}

    sleep = asyncio.sleep

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", pause)
    running = asyncio.create_task(IssuerKeys("https://login.example", fetch=fetch).run())
    await ended.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert pauses[:9] == [5, 10, 20, 40, 60, 60, 3600, 5, 3600]
