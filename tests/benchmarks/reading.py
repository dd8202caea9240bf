"""Q1 to Q4: the service beside the floor, by CPU a request and by requests a second."""

from base64 import b64encode
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from tests.benchmarks import load, world
from tests.benchmarks.processes import TOKENS, Running, beside, service
from tests.benchmarks.queries import TERM, Question, questions
from tests.benchmarks.table import Line
from tests.benchmarks.world import Size

SECONDS: Final = 1.5
WARMING: Final = 0.5
PARTNERS: Final = 8
"""So many partners' reps ask in turn."""


class Used(NamedTuple):
    """What one round showed."""

    cpu: float
    rate: float


class Asked(NamedTuple):
    """One question, ready to be sent to each of the two."""

    question: Question
    service: tuple[bytes, ...]
    floor: tuple[bytes, ...]


@contextmanager
def servers(url: str, folder: Path) -> Iterator[tuple[Running, Running]]:
    """The service and the floor, on one database."""
    with service(url, folder) as ours, beside("floor", url) as floor:
        yield ours, floor


def measure(url: str, folder: Path, size: Size, rounds: int, only: Collection[str]) -> Iterator[Line]:
    """A line for each question."""
    asked = [one for one in _asked(size) if not only or one.question.name in only]
    with servers(url, folder) as (ours, floor):
        for one in asked:
            _check(one, ours, floor)
            load.run(ours.port, one.service, WARMING)
            load.run(floor.port, one.floor, WARMING)
        found: dict[str, tuple[list[Used], list[Used]]] = {one.question.name: ([], []) for one in asked}
        for _ in range(rounds):
            for one in asked:
                found[one.question.name][0].append(_used(ours, one.service))
                found[one.question.name][1].append(_used(floor, one.floor))
    for one in asked:
        mine, theirs = (Used(*map(median, zip(*used, strict=True))) for used in found[one.question.name])
        yield Line(one.question.title, "CPU a request", f"{mine.cpu * 1e3:.2f} ms", f"{theirs.cpu * 1e3:.2f} ms", mine.cpu / theirs.cpu)
        yield Line("", "requests a second", f"{mine.rate:,.0f}", f"{theirs.rate:,.0f}", mine.rate / theirs.rate)


def _asked(size: Size) -> Iterator[Asked]:
    now = datetime.now(UTC)
    partners = range(min(PARTNERS, size.partners))
    leads = [world.first_with_notes(partner, size) for partner in partners]
    tokens = [TOKENS.mint(world.rep_id(partner), now, timedelta(hours=2)) for partner in partners]
    each = [questions(b64encode(f"Lead:{lead}".encode()).decode()) for lead in leads]
    for same in zip(*each, strict=True):
        yield Asked(
            same[0],
            tuple(load.request(one.graphql, token) for one, token in zip(same, tokens, strict=True)),
            tuple(
                load.request({"name": one.name, "partner": str(world.partner_id(partner)), "lead": str(lead), "term": TERM})
                for one, partner, lead in zip(same, partners, leads, strict=True)
            ),
        )


def _check(asked: Asked, ours: Running, floor: Running) -> None:
    """They are compared only where they answer alike."""
    for mine, theirs in zip(asked.service, asked.floor, strict=True):
        answer, expected = load.once(ours.port, mine), load.once(floor.port, theirs)
        if answer != expected:
            raise AssertionError(f"{asked.question.title}: the service says\n{answer}\nand the floor\n{expected}")


def _used(server: Running, requests: tuple[bytes, ...]) -> Used:
    before = server.cpu
    answered = load.run(server.port, requests, SECONDS)
    return Used((server.cpu - before) / answered.requests, answered.requests / answered.seconds)
