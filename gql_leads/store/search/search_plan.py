"""Decide whether a search uses the trigram index, and with which trigrams.

`predicates.searching` alone decides what matches; the index only narrows the candidates. The index reads all entries of each trigram of a
term, so a few rare trigrams are faster than all of them. A sample of the newest leads shows which are rare. If many leads match, scanning
the list is faster, because its first page fills soon. Raw SQL because the planner cannot make this choice (`make bench`, search).
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from gql_leads.domain.leads.references import whole_reference
from gql_leads.domain.values.text_folding import SEPARATOR, search_term
from gql_leads.store.access.access_policy import SEARCHED, SEARCHED_WAITING
from gql_leads.store.database.connection import Connection
from gql_leads.store.search.trigrams import INDEXES, Columns, TermStatistics
from gql_leads.store.sql.builder import FALSE, TRUE, Sql, any_of
from gql_leads.store.sql.rows import UuidArray

SAMPLED: Final = 400
SAMPLE_LASTS: Final = timedelta(minutes=10)


class Threshold(NamedTuple):
    """Limits above which scanning the list is faster than using the index.

    `most` is a number of candidates, `share` a share of all leads.
    """

    most: int
    share: float


PAGE: Final = Threshold(2_000, 0.02)
"""Threshold of a list, whose scan ends when its page is full."""
COUNT: Final = Threshold(20_000, 0.1)


class Candidates(NamedTuple):
    """Conditions that restrict leads to the index's candidates; TRUE if the index was not used."""

    anywhere: Sql = TRUE
    waiting: Sql = TRUE
    """Condition for waiting leads, searched in the texts that a partner may read of them."""


UNRESTRICTED: Final = Candidates()
_samples: WeakKeyDictionary[Connection, TermStatistics] = WeakKeyDictionary()


async def find_candidates(
    connection: Connection, search: str | None, now: datetime, reach: Threshold, *, is_of_everybody: bool
) -> Candidates:
    """Return the candidates of a search term."""
    term = search_term(search)
    if not term:
        return UNRESTRICTED
    found = await _candidates(connection, term, now, reach, is_of_everybody=is_of_everybody)
    return Candidates(*(any_of(has_reference(search), one) for one in found))


def has_reference(search: str | None) -> Sql:
    """Return the condition that the term is the lead's whole reference."""
    reference = whole_reference(search)
    return FALSE if reference is None else Sql("l.reference = ?", (reference,))


async def _candidates(connection: Connection, term: str, now: datetime, reach: Threshold, *, is_of_everybody: bool) -> Candidates:
    sample = await _sample(connection, now)
    if not sample.is_indexed:
        return UNRESTRICTED
    # A partner's own leads are few and stored together: on SQLite, scanning them is faster.
    if is_of_everybody or connection.dialect == "postgres":
        found = await _found(connection, sample, SEARCHED, term, reach)
        if found is not None:
            return Candidates(anywhere=found, waiting=found)
    if is_of_everybody:
        return UNRESTRICTED
    # Waiting leads may be many; a partner searches only their public texts.
    nearer = reach._replace(most=min(reach.most, INDEXES[connection.dialect].most_waiting))
    return Candidates(waiting=await _found(connection, sample, SEARCHED_WAITING, term, nearer) or TRUE)


async def _found(connection: Connection, sample: TermStatistics, columns: Columns, term: str, reach: Threshold) -> Sql | None:
    """Return the condition for leads with the term in one of the columns; None if they are too many for the index."""
    if sample.share(term, columns) > reach.share:
        return None
    index = INDEXES[connection.dialect]
    for candidates in index.candidates(sample, term, columns):
        limited = f"SELECT count(*) AS total, {index.listed} AS listed FROM (" + candidates + f" LIMIT {reach.most + 1:d}) AS few"
        row = await connection.fetch_one(limited)
        assert row is not None, "it counts"
        if row["total"] <= reach.most:
            listed = row["listed"]
            return Sql(index.within, (UuidArray(listed) if isinstance(listed, list) else listed,)) if row["total"] else FALSE
    return None


async def _sample(connection: Connection, now: datetime) -> TermStatistics:
    sample = _samples.get(connection)
    if sample is None or not timedelta(0) <= now - sample.taken_at < SAMPLE_LASTS:
        rows = await connection.fetch(f"SELECT {', '.join(SEARCHED)} FROM lead ORDER BY created_at DESC, id DESC LIMIT {SAMPLED:d}")
        texts = {columns: tuple(SEPARATOR.join(row[one] for one in columns) for row in rows) for columns in (SEARCHED, SEARCHED_WAITING)}
        sample = _samples[connection] = TermStatistics(now, texts, await _is_indexed(connection))
    return sample


async def _is_indexed(connection: Connection) -> bool:
    if connection.dialect == "postgres":
        return True
    return await connection.fetch_one("SELECT 1 FROM sqlite_master WHERE name = 'lead_number'") is not None
