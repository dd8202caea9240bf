"""How the index of trigrams is asked for a search: for the rarest pieces of the text, and only where few leads have them.

What is found, `criteria.searching` alone decides. An index goes through all that it has of every trigram it is asked for, so that a long
text takes longest; a few rare trigrams lead to hardly more leads. A sample of the newest leads tells which are rare. Where many leads have
the text, going through the list is faster: a page of it is soon full.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from gql_leads.domain.text_folding import SEPARATOR, fold
from gql_leads.store.access.access_policy import SEARCHED, SEARCHED_WAITING
from gql_leads.store.database.connection import Connection
from gql_leads.store.search.trigrams import INDEXES, Columns, Sample
from gql_leads.store.sql.builder import FALSE, TRUE, Sql

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
    """Which leads the index finds."""
    term = fold(search.strip()) if search else ""
    if not term:
        return ANYTHING
    sample = await _sample(connection, now)
    if not sample.is_indexed:
        return ANYTHING
    # What a partner has is so little that SQLite, which has the texts of it in one place, reads it faster.
    if is_of_everybody or connection.dialect == "postgres":
        found = await _found(connection, sample, SEARCHED, term, reach)
        if found is not None:
            return Found(anywhere=found, waiting=found)
    if is_of_everybody:
        return ANYTHING
    # Of what waits, which may be much, a partner is not shown what most of them may have been found by.
    nearer = reach._replace(most=min(reach.most, INDEXES[connection.dialect].most_waiting))
    return Found(waiting=await _found(connection, sample, SEARCHED_WAITING, term, nearer) or TRUE)


async def _found(connection: Connection, sample: Sample, columns: Columns, term: str, reach: Reach) -> Sql | None:
    """Where a lead is one that has the term in one of the columns; None for more of them than the index is asked for."""
    if sample.share(term, columns) > reach.share:
        return None
    index = INDEXES[connection.dialect]
    for candidates in index.candidates(sample, term, columns):
        limited = f"SELECT count(*) AS total, {index.listed} AS listed FROM (" + candidates + f" LIMIT {reach.most + 1:d}) AS few"
        row = await connection.fetch_one(limited)
        assert row is not None, "it counts"
        if row["total"] <= reach.most:
            return Sql(index.within, (row["listed"],)) if row["total"] else FALSE
    return None


async def _sample(connection: Connection, now: datetime) -> Sample:
    sample = _samples.get(connection)
    if sample is None or not timedelta(0) <= now - sample.taken_at < SAMPLE_LASTS:
        rows = await connection.fetch(f"SELECT {', '.join(SEARCHED)} FROM lead ORDER BY created_at DESC, id DESC LIMIT {SAMPLED:d}")
        texts = {columns: tuple(SEPARATOR.join(row[one] for one in columns) for row in rows) for columns in (SEARCHED, SEARCHED_WAITING)}
        sample = _samples[connection] = Sample(now, texts, await _is_indexed(connection))
    return sample


async def _is_indexed(connection: Connection) -> bool:
    if connection.dialect == "postgres":
        return True
    return await connection.fetch_one("SELECT 1 FROM sqlite_master WHERE name = 'lead_number'") is not None
