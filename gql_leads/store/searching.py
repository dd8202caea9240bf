"""How the index of trigrams is asked for a search: for the rarest pieces of the text, and only where few leads have them.

What is found, `criteria.searching` alone decides. An index goes through all that it has of every trigram it is asked for, so that a long
text takes longest; a few rare trigrams lead to hardly more leads. A sample of the newest leads tells which are rare. Where many leads have
the text, going through the list is faster: a page of it is soon full.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from gql_leads.domain.folding import fold
from gql_leads.store.connection import Connection
from gql_leads.store.sql import FALSE, TRUE, Sql
from gql_leads.store.trigrams import INDEXES, Sample

SAMPLED: Final = 400
SAMPLE_LASTS: Final = timedelta(minutes=10)


class Reach(NamedTuple):
    """How many leads the index may find, and which share of all, before it is faster to go through the list."""

    most: int
    share: float


PAGE: Final = Reach(2_000, 0.02)
"""A list is left as soon as the page is full."""
COUNT: Final = Reach(20_000, 0.1)


class Found(NamedTuple):
    """Where a lead is one that the index has found; TRUE where it was not asked, or found too many."""

    anywhere: Sql = TRUE
    waiting: Sql = TRUE
    """By what a partner is shown of it while it waits."""


ANYTHING: Final = Found()
_samples: WeakKeyDictionary[Connection, Sample] = WeakKeyDictionary()


async def look_up(connection: Connection, search: str | None, now: datetime, reach: Reach, *, is_of_everybody: bool) -> Found:
    """Which leads the index finds. A list that is not everybody's is short enough for SQLite to be read."""
    term = fold(search.strip()) if search else ""
    if not term or (connection.dialect == "sqlite" and not is_of_everybody):
        return ANYTHING
    sample = await _sample(connection, now)
    if not sample.is_indexed:
        return ANYTHING
    found = await _found(connection, sample, term, reach, in_the_open=False)
    if found is not None:
        return Found(anywhere=found, waiting=found)
    # Of what waits, which may be much, a partner is not shown what most of them may have been found by.
    return ANYTHING if is_of_everybody else Found(waiting=await _found(connection, sample, term, reach, in_the_open=True) or TRUE)


async def _found(connection: Connection, sample: Sample, term: str, reach: Reach, *, in_the_open: bool) -> Sql | None:
    """Where a lead is one that has the term; None for more of them than the index is asked for."""
    if sample.share(term, in_the_open=in_the_open) > reach.share:
        return None
    index = INDEXES[connection.dialect]
    for candidates in index.candidates(sample, term, in_the_open=in_the_open):
        limited = f"SELECT count(*) AS total, {index.listed} AS listed FROM (" + candidates + f" LIMIT {reach.most + 1:d}) AS few"
        row = await connection.fetch_one(limited.text, *limited.parameters)
        assert row is not None, "it counts"
        if row["total"] <= reach.most:
            return Sql(index.within, (row["listed"],)) if row["total"] else FALSE
    return None


async def _sample(connection: Connection, now: datetime) -> Sample:
    sample = _samples.get(connection)
    if sample is None or not timedelta(0) <= now - sample.taken_at < SAMPLE_LASTS:
        newest = f"SELECT search_open, search_person FROM lead ORDER BY created_at DESC, id DESC LIMIT {SAMPLED:d}"
        rows = await connection.fetch(newest)
        in_the_open = tuple(row["search_open"] for row in rows)
        texts = tuple(f"{row['search_open']}\x1f{row['search_person']}" for row in rows)
        sample = _samples[connection] = Sample(now, in_the_open, texts, await _is_indexed(connection))
    return sample


async def _is_indexed(connection: Connection) -> bool:
    if connection.dialect == "postgres":
        return True
    return await connection.fetch_one("SELECT 1 FROM sqlite_master WHERE name = 'lead_search'") is not None
