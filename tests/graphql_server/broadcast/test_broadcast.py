"""Delivery of a payload to all attached subscribers, with joins, exits and failures in between."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import orjson
import pytest

from gql_leads.graphql_server.broadcast import broadcast as grouping
from gql_leads.graphql_server.broadcast.broadcast import Broadcast
from gql_leads.graphql_server.broadcast.registry import Subscriber
from gql_leads.graphql_server.errors import Refused
from gql_leads.graphql_server.execution.subscriptions import Payload
from tests.graphql_server.news_schema import Harness, NewsLog

NEWS = "subscription { news { number } }"


@pytest.fixture(autouse=True)
def one_delivery_per_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deliver to one subscriber per turn, so that a test can act in the middle of a delivery."""
    monkeypatch.setattr(grouping, "DELIVERIES_PER_TURN", 1)


class Member:
    """A subscriber that takes payloads unless it is busy, and catches up in a task."""

    def __init__(self, subscriber: Subscriber) -> None:
        self.subscriber = subscriber
        self.numbers: list[int] = []
        self.offered = 0
        """Number of payloads offered by the broadcast."""
        self.is_busy = False
        self.has_ended = False
        self.error: Refused | None = None
        self.on_offer: Callable[[], None] = lambda: None
        self.tasks = [asyncio.create_task(self._read())]

    def offer(self, payload: Payload) -> bool:
        if self.is_busy:
            return False
        self.offered += 1
        self._take(payload)
        self.on_offer()
        return True

    def detached(self) -> None:
        self.tasks.append(asyncio.create_task(self._read()))

    def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.subscriber.leave()

    async def sits(self) -> None:
        async with asyncio.timeout(60):
            while not self.subscriber.is_attached:  # noqa: ASYNC110 - what is tested has no event to wait for
                await asyncio.sleep(0.001)

    async def has(self, last: int) -> None:
        async with asyncio.timeout(60):
            while last not in self.numbers:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)

    async def ends(self) -> None:
        async with asyncio.timeout(60):
            while not self.has_ended:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)

    async def _read(self) -> None:
        try:
            async with aclosing(self.subscriber.catch_up(self)) as missed:
                async for payload in missed:
                    while self.is_busy:  # noqa: ASYNC110 - as above
                        await asyncio.sleep(0.001)
                    self._take(payload)
        except Refused as error:
            self.error = error
        if not self.subscriber.is_attached:
            self.has_ended = True
            self.subscriber.leave()

    def _take(self, payload: Payload) -> None:
        self.numbers.append(orjson.loads(payload.body)["data"]["news"]["number"])


@asynccontextmanager
async def seated(harness: Harness, *readers: str) -> AsyncIterator[list[Member]]:
    members = [Member(harness.subscriber(NEWS, reader)) for reader in readers]
    try:
        for member in members:
            await member.sits()
        yield members
    finally:
        for member in members:
            member.leave()
        await asyncio.gather(*(task for member in members for task in member.tasks), return_exceptions=True)
        assert len(harness.broadcasts) == 0


def the_group(harness: Harness) -> Broadcast:
    (broadcast,) = harness.broadcasts._open.values()
    return broadcast


async def test_attached_subscriber_is_served_by_the_broadcast_and_has_no_task(log: NewsLog, harness: Harness) -> None:
    async with seated(harness, "ann", "bob") as members:
        log.news = 3
        for member in members:
            await member.has(3)
            assert (member.numbers, member.offered) == ([1, 2, 3], 3)
            assert all(task.done() for task in member.tasks)
        assert harness.broadcasts.subscribers == 2


async def test_detached_subscriber_catches_up_and_attaches_again(log: NewsLog, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MAX_RETAINED_PAYLOADS", 3)
    async with seated(harness, "ann", "bob") as (ann, bob):
        ann.is_busy = True
        for number in range(1, 21):
            log.news = number
            await bob.has(number)
        assert (ann.numbers, bob.offered) == ([], 20)
        assert not ann.subscriber.is_attached
        assert ann.subscriber.cursor == "0"
        ann.is_busy = False
        log.news = 30
        await ann.has(30)
        await ann.sits()
        log.news = 31
        await ann.has(31)
        assert ann.numbers == list(range(1, 32))
        assert 0 < ann.offered < 31


async def test_subscriber_that_leaves_during_a_delivery_receives_nothing_more(log: NewsLog, harness: Harness) -> None:
    async with seated(harness, "ann", "bob", "carl") as (ann, bob, carl):
        ann.on_offer = bob.leave
        log.news = 2
        await carl.has(2)
        assert (ann.numbers, bob.numbers, carl.numbers) == ([1, 2], [], [1, 2])
        assert the_group(harness).members == 2


async def test_broadcast_stops_when_its_last_subscriber_leaves_during_a_delivery(log: NewsLog, harness: Harness) -> None:
    async with seated(harness, "ann", "bob") as (ann, bob):
        broadcast = the_group(harness)

        def everybody_leaves() -> None:
            ann.leave()
            bob.leave()

        ann.on_offer = everybody_leaves
        log.news = 1
        async with asyncio.timeout(60):
            await broadcast.wait_closed()
        assert (ann.numbers, bob.numbers, log.running) == ([1], [], 0)


async def test_subscriber_that_attaches_again_during_a_delivery_receives_the_payload_once(log: NewsLog, harness: Harness) -> None:
    async with seated(harness, "ann", "bob", "carl") as (ann, bob, carl):

        def bob_reads_on() -> None:
            the_group(harness).detach(bob.subscriber)
            bob.detached()

        ann.on_offer = bob_reads_on
        log.news = 4
        for member in (ann, bob, carl):
            await member.has(4)
            await member.sits()
            assert member.numbers == [1, 2, 3, 4]


async def test_subscriber_that_joins_during_a_delivery_receives_the_payload_once(log: NewsLog, harness: Harness) -> None:
    newcomers: list[Member] = []
    async with seated(harness, "ann", "bob") as (ann, bob):
        ann.on_offer = lambda: newcomers.append(Member(harness.subscriber(NEWS, "carl")))
        log.news = 3
        await bob.has(3)
        for newcomer in newcomers:
            await newcomer.sits()
        ann.on_offer = lambda: None
        log.news = 4
        for newcomer in newcomers:
            await newcomer.has(4)
            assert newcomer.numbers == list(range(newcomer.numbers[0], 5))
            newcomer.leave()


@pytest.mark.parametrize("who_is_busy", [(), (0,), (1,), (0, 1, 2)])
async def test_all_subscribers_learn_of_an_end_during_a_delivery(log: NewsLog, harness: Harness, who_is_busy: tuple[int, ...]) -> None:
    async with seated(harness, "ann", "bob", "carl") as members:

        def close() -> None:
            log.is_closed = True

        for member in members:
            member.on_offer = close
        for number in who_is_busy:
            members[number].is_busy = True
        broadcast = the_group(harness)
        log.news = 1
        async with asyncio.timeout(60):
            while broadcast.next_after(0) is None:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)
        log.is_closed = True
        for member in members:
            member.is_busy = False
        for member in members:
            await member.ends()
            assert (member.numbers, member.error) == ([1], None)
        assert log.running == 0


async def test_owner_that_fails_during_a_delivery_gets_the_error_and_the_others_continue(log: NewsLog, harness: Harness) -> None:
    async with seated(harness, "ann", "bob", "carl") as (ann, bob, carl):

        def bar_ann() -> None:
            log.ranks["ann"] = "barred"

        bob.on_offer = bar_ann
        log.news = 3
        for member in (bob, carl):
            await member.has(3)
            assert (member.numbers, member.error) == ([1, 2, 3], None)
        await ann.ends()
        assert ann.numbers == [1]
        assert ann.error is not None


async def test_subscriber_that_leaves_while_others_are_detached_is_not_called(log: NewsLog, harness: Harness) -> None:
    async with seated(harness, "ann", "bob", "carl") as (ann, bob, carl):
        detached = ann.detached

        def read_on_without_bob() -> None:
            bob.leave()
            detached()

        ann.detached = read_on_without_bob  # type: ignore[method-assign]
        log.is_closed = True
        await ann.ends()
        await carl.ends()
        assert (bob.has_ended, len(bob.tasks)) == (False, 1)


@pytest.mark.parametrize("seed", range(8))
async def test_every_subscriber_receives_everything_once_and_in_order(
    log: NewsLog, harness: Harness, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(grouping, "MAX_RETAINED_PAYLOADS", 4)
    monkeypatch.setattr(grouping, "DELIVERIES_PER_TURN", 1 + seed % 3)
    chance = random.Random(seed)
    ranks = ("plain", "plain", "plain", "high", "alone")

    async def write() -> None:
        while True:
            log.news += chance.randint(1, 6)
            if chance.random() < 0.1:
                log.ranks[f"reader {chance.randrange(20)}"] = chance.choice(ranks)
            await asyncio.sleep(chance.choice((0, 0, 0.001, 0.004)))

    async def follow(number: int) -> None:
        await asyncio.sleep(chance.random() * 0.1)
        before, member = log.news, Member(harness.subscriber(NEWS, f"reader {number}"))
        last = chance.choice((20, 300, 300))
        while not member.numbers or member.numbers[-1] < last:
            await asyncio.sleep(chance.choice((0, 0.001, 0.003)))
            member.is_busy = chance.random() < 0.3
        member.leave()
        result = len(member.numbers)
        await asyncio.sleep(0.01)
        assert len(member.numbers) == result
        assert member.numbers[0] > before
        assert member.numbers == list(range(member.numbers[0], member.numbers[0] + result))

    writing = asyncio.create_task(write())
    try:
        async with asyncio.timeout(60):
            await asyncio.gather(*(follow(number) for number in range(20)))
    finally:
        writing.cancel()
    assert (len(harness.broadcasts), harness.broadcasts.subscribers) == (0, 0)
    async with asyncio.timeout(60):
        while log.running:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
