"""Subscribers of the same operation share one execution and receive what their own stream would send."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import orjson
import pytest

from gql_leads.graphql_server.broadcast import broadcast as grouping
from gql_leads.graphql_server.broadcast.registry import Subscriber
from gql_leads.graphql_server.errors import Refused
from gql_leads.graphql_server.execution.subscriptions import Payload
from tests.graphql_server.news_schema import Harness, NewsLog

NEWS = "subscription { news { number text } }"
AFTER = "subscription ($after: Int) { news(after: $after) { number text } }"
TOPIC = "subscription ($topic: Topic, $after: Int) { news(topic: $topic, after: $after) { number text } }"


class Reader:
    """Read a subscription in a background task."""

    def __init__(self, subscriber: Subscriber) -> None:
        self.subscriber = subscriber
        self.payloads: list[Payload] = []
        self.error: Refused | None = None
        self.task = asyncio.create_task(self._read())

    @property
    def numbers(self) -> list[int]:
        return [number_of(payload) for payload in self.payloads]

    async def has_read(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.payloads) < count:  # noqa: ASYNC110 - what is tested has no event to wait for
                await asyncio.sleep(0.001)

    async def has_joined(self) -> None:
        async with asyncio.timeout(60):
            while not self.subscriber.is_attached:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)

    async def ends(self) -> None:
        async with asyncio.timeout(60):
            await self.task

    async def _read(self) -> None:
        try:
            async with aclosing(self.subscriber.payloads()) as payloads:
                async for payload in payloads:
                    self.payloads.append(payload)
        except Refused as error:
            self.error = error


def number_of(payload: Payload) -> int:
    number: int = orjson.loads(payload.body)["data"]["news"]["number"]
    return number


@asynccontextmanager
async def reading(*subscribers: Subscriber) -> AsyncIterator[list[Reader]]:
    readers = [Reader(subscriber) for subscriber in subscribers]
    try:
        yield readers
    finally:
        for reader in readers:
            reader.task.cancel()
        await asyncio.gather(*(reader.task for reader in readers), return_exceptions=True)


@asynccontextmanager
async def following(*subscribers: Subscriber) -> AsyncIterator[list[Reader]]:
    async with reading(*subscribers) as readers:
        for reader in readers:
            await reader.has_joined()
        yield readers


async def test_subscribers_of_the_same_operation_get_the_same_bytes_from_one_execution(log: NewsLog, harness: Harness) -> None:
    async with following(*(harness.subscriber(NEWS, f"reader {n}") for n in range(5))) as readers:
        log.news = 3
        for reader in readers:
            await reader.has_read(3)
            assert reader.numbers == [1, 2, 3]
            assert all(mine is theirs for mine, theirs in zip(reader.payloads, readers[0].payloads, strict=True))
        assert (log.resolved, log.running, len(harness.broadcasts)) == (3, 1, 1)


@pytest.mark.parametrize(
    ("one", "other", "groups_made"),
    [
        ((NEWS, {}), (NEWS + " ", {}), 2),
        ((AFTER, {"after": 1}), (AFTER, {"after": 2}), 1),
        ((AFTER, {"after": 1}), (AFTER, {"unknown": 2}), 1),
        ((TOPIC, {"topic": {"even": True}}), (TOPIC, {"topic": {"even": True}, "after": None}), 1),
        ((TOPIC, {"topic": {"even": True}}), (TOPIC, {"topic": {"even": False}}), 2),
        ((TOPIC, {"topic": {"reader": "x"}}), (TOPIC, {"topic": {"reader": "x"}}), 2),
        ((TOPIC, {"topic": {"also": {"reader": "x"}}}), (TOPIC, {"topic": {"also": {"reader": "x"}}}), 2),
        *(
            ((query, {"after": 2}), (query, variables), expected)
            for query, variables, expected in [
                ("subscription ($after: Int) { news(after: $after) { number since(number: $after) } }", {"after": 1}, 2),
                ("subscription ($after: Int) { news(after: $after) { number reader } }", {"after": 2}, 2),
                ("subscription ($after: Int) { news(after: $after) { number ...F } } fragment F on News { reader }", {}, 2),
                ('subscription { news(topic: {also: {reader: "x"}}) { number } }', {}, 2),
                ("subscription ($r: String) { news(topic: {reader: $r}) { number } }", {}, 2),
                ('subscription ($t: Topic = {reader: "x"}) { news(topic: $t) { number } }', {}, 2),
            ]
        ),
    ],
)
async def test_operation_values_and_metadata_decide_which_subscribers_share(
    log: NewsLog, harness: Harness, one: tuple[str, Any], other: tuple[str, Any], groups_made: int
) -> None:
    log.news = 5
    async with following(harness.subscriber(one[0], "ann", **one[1]), harness.subscriber(other[0], "bob", **other[1])):
        assert len(harness.broadcasts) == groups_made


async def test_subscribers_with_different_sharing_keys_do_not_share(log: NewsLog, harness: Harness) -> None:
    log.ranks |= {"bob": "high", "carl": "alone"}
    async with reading(*(harness.subscriber(AFTER, name, after=0) for name in ("ann", "bob", "carl"))) as readers:
        log.news = 1
        for reader in readers:
            await reader.has_read(1)
        assert len({reader.payloads[0].body for reader in readers}) == 3
        assert len(harness.broadcasts) == 2
    assert (len(harness.broadcasts), log.running) == (0, 0)


async def test_broadcast_is_closed_after_its_last_subscriber(log: NewsLog, harness: Harness) -> None:
    async with following(harness.subscriber(NEWS)):
        async with following(harness.subscriber(NEWS)) as (second,):
            log.news = 1
            await second.has_read(1)
        assert (len(harness.broadcasts), log.running) == (1, 1)
    assert (len(harness.broadcasts), log.running) == (0, 0)


async def test_refused_subscriber_does_not_affect_the_others(log: NewsLog, harness: Harness) -> None:
    async with following(harness.subscriber(AFTER)) as (reader,), reading(harness.subscriber(AFTER, after=9)) as (refused,):
        await refused.ends()
        assert refused.error is not None
        log.news = 1
        await reader.has_read(1)


async def test_old_position_is_replayed_before_the_subscriber_attaches(log: NewsLog, harness: Harness) -> None:
    log.news = 10
    async with following(harness.subscriber(AFTER), harness.subscriber(AFTER, after=4)) as (live, late):
        assert (live.numbers, late.numbers) == ([], [5, 6, 7, 8, 9, 10])
        log.news = 11
        await late.has_read(7)
        await live.has_read(1)
        assert late.payloads[-1] is live.payloads[-1]
        assert len(harness.broadcasts) == 1


async def test_slow_subscriber_delays_no_other_and_catches_up(log: NewsLog, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MAX_RETAINED_PAYLOADS", 3)
    async with following(harness.subscriber(AFTER)) as (quick,), aclosing(harness.subscriber(AFTER, after=0).payloads()) as slow:
        log.news = 1
        assert number_of(await anext(slow)) == 1
        log.news = 50
        await quick.has_read(50)
        assert [number_of(await anext(slow)) for _ in range(49)] == list(range(2, 51))
        log.news = 51
        assert number_of(await anext(slow)) == 51


async def test_large_payloads_are_not_retained(log: NewsLog, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MAX_RETAINED_BYTES", 100)
    async with following(harness.subscriber(AFTER)) as (reader,):
        log.news = 9
        await reader.has_read(9)
        (broadcast,) = harness.broadcasts._open.values()
        assert (len(broadcast._retained), broadcast.retained_after) == (1, 8)


async def test_failing_owner_gets_the_error_and_the_others_continue(log: NewsLog, harness: Harness) -> None:
    async with following(*(harness.subscriber(NEWS, name) for name in ("ann", "bob", "carl"))) as (ann, bob, carl):
        log.news = 2
        await carl.has_read(2)
        log.ranks["ann"] = "barred"
        log.news = 4
        for reader in (bob, carl):
            await reader.has_read(4)
            assert (reader.numbers, reader.error) == ([1, 2, 3, 4], None)
        await ann.ends()
        assert ann.numbers == [1, 2]
        assert ann.error is not None


async def test_error_of_an_owner_that_has_left_reaches_nobody(log: NewsLog, harness: Harness) -> None:
    async with following(harness.subscriber(NEWS, "ann")) as (ann,), following(harness.subscriber(NEWS, "bob")) as (bob,):
        ann.task.cancel()
        log.ranks["ann"] = "barred"
        log.news = 2
        await bob.has_read(2)
        assert (bob.numbers, bob.error) == ([1, 2], None)


async def test_subscriber_whose_rights_change_continues_alone_with_the_new_rights(log: NewsLog, harness: Harness) -> None:
    async with following(*(harness.subscriber(NEWS, name) for name in ("ann", "bob"))) as readers:
        log.ranks["ann"] = "high"
        log.news = 3
        for reader, rank in zip(readers, ("high", "plain"), strict=True):
            await reader.has_read(3)
            assert reader.numbers == [1, 2, 3]
            assert all(f"for {rank}" in payload.body.decode() for payload in reader.payloads)


async def test_subscriber_that_may_no_longer_share_continues_unshared(log: NewsLog, harness: Harness) -> None:
    async with following(*(harness.subscriber(NEWS, name) for name in ("ann", "bob"))) as readers:
        log.ranks["ann"] = "alone"
        log.news = 3
        for reader in readers:
            await reader.has_read(3)
            assert reader.numbers == [1, 2, 3]
        assert [broadcast.members for broadcast in harness.broadcasts._open.values()] == [1]


async def test_all_subscribers_end_with_the_source(log: NewsLog, harness: Harness) -> None:
    async with following(harness.subscriber(NEWS), harness.subscriber(NEWS)) as readers:
        log.news = 2
        await readers[1].has_read(2)
        log.is_closed = True
        for reader in readers:
            await reader.ends()
            assert (reader.numbers, reader.error) == ([1, 2], None)
    assert len(harness.broadcasts) == 0


async def test_idle_subscriber_has_the_position_of_its_broadcast_and_no_earlier_one(log: NewsLog, harness: Harness) -> None:
    even: dict[str, Any] = {"topic": {"even": True}}
    async with following(harness.subscriber(TOPIC, **even), harness.subscriber(TOPIC, **even)) as readers:
        log.news = 3
        await readers[1].has_read(1)
        async with asyncio.timeout(60):
            while [reader.subscriber.cursor for reader in readers] != ["3", "3"]:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.001)
        async with following(harness.subscriber(TOPIC, **even)) as (newcomer,):
            assert newcomer.subscriber.cursor == "3"


@pytest.mark.parametrize("seed", range(8))
async def test_every_subscriber_receives_the_same_as_with_its_own_stream(
    log: NewsLog, harness: Harness, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(grouping, "MAX_RETAINED_PAYLOADS", 4)
    rng = random.Random(seed)

    async def write() -> None:
        while True:  # also for the reader that starts last
            log.news += rng.randint(1, 8)
            await asyncio.sleep(rng.choice((0, 0, 0.001, 0.004)))

    async def read(number: int) -> None:
        await asyncio.sleep(rng.random() * 0.1)
        begins = rng.choice((None, 0, rng.randint(0, log.news), log.news))
        before = log.news
        subscriber = harness.subscriber(TOPIC, f"reader {number}", topic={"even": number % 2 == 0}, after=begins)
        result: list[int] = []
        leaves_after = rng.choice((1, 20, 10_000))
        async with aclosing(subscriber.payloads()) as payloads:
            async for payload in payloads:
                result.append(number_of(payload))
                if len(result) >= leaves_after or result[-1] >= 400 - number % 2:
                    break
                await asyncio.sleep(rng.choice((0, 0, 0, 0.002)))
        first = (before if begins is None else begins) + 1
        step = 1 + (number % 2 == 0)
        first += first % step
        if begins is None:
            assert first <= result[0]
            first = result[0]
        assert result == list(range(first, first + step * len(result), step))

    writing = asyncio.create_task(write())
    try:
        async with asyncio.timeout(60):
            await asyncio.gather(*(read(number) for number in range(30)))
    finally:
        writing.cancel()
    assert (len(harness.broadcasts), log.running) == (0, 0)


async def test_an_addressed_value_reaches_its_subscriber_alone_live_and_in_replays(log: NewsLog, harness: Harness) -> None:
    log.only_for = {2: "ann", 3: "bob", 4: "nobody"}
    expected = {"ann": [1, 2, 5], "bob": [1, 3, 5], "cy": [1, 5]}
    async with following(*(harness.subscriber(AFTER, name, after=0) for name in expected)) as live:
        log.news = 5
        for reader, numbers in zip(live, expected.values(), strict=True):
            await reader.has_read(len(numbers))
        async with reading(*(harness.subscriber(AFTER, name, after=0) for name in expected)) as late:
            for reader in late:
                await reader.has_joined()
            log.news = 6
            for reader, numbers in zip((*live, *late), (*expected.values(), *expected.values()), strict=True):
                await reader.has_read(len(numbers) + 1)
                assert reader.numbers == [*numbers, 6]
            assert len(harness.broadcasts) == 1
