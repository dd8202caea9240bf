"""How the index of trigrams is asked for a search: for the rarest pieces of the text, and only where few leads have them.

What is found, `criteria.searching` alone decides. An index goes through all that it has of every trigram it is asked for, so that a long
text takes longest; a few rare trigrams lead to hardly more leads. A sample of the newest leads tells which are rare. Where many leads have
the text, going through the list is faster: a page of it is soon full.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from gql_leads.domain.folding import fold
from gql_leads.store.database import Connection
from gql_leads.store.sql import FALSE, TRUE, Sql

GRAM: Final = 3
"""Characters of a trigram."""
FEW: Final = 0.003
"""A share of all leads that the database looks at in no time."""
MOST_COMPARED: Final = 24
"""Trigrams of a text from which the rarest are taken."""
SAMPLED: Final = 400
SAMPLE_LASTS: Final = timedelta(minutes=10)
LAST_CHARACTER: Final = "\U0010ffff"
AS_INDEXED: Final = str.maketrans("\ufffe\uffff", "\ufffd\ufffd")
"""What SQLite's index has instead of what is no character."""


class Reach(NamedTuple):
    """How many leads the index may find, and which share of all, before it is faster to go through the list."""

    most: int
    share: float


PAGE: Final = Reach(2_000, 0.02)
"""A list is left as soon as the page is full."""
COUNT: Final = Reach(20_000, 0.1)


@dataclass(frozen=True)
class Sample:
    """The search texts of the newest leads at some moment, and whether SQLite has an index of them all."""

    taken_at: datetime
    texts: tuple[str, ...]
    is_indexed: bool

    @cached_property
    def _frequency(self) -> Counter[str]:
        return Counter(gram for text in self.texts for gram in {text[at : at + GRAM] for at in range(len(text) - GRAM + 1)})

    def share(self, text: str) -> float:
        """Which share of them have this text."""
        return sum(text in one for one in self.texts) / (len(self.texts) or 1)

    def pieces(self, text: str) -> tuple[str, ...]:
        """Trigrams of the text that do not overlap, the rarest first."""
        step = len(text) // MOST_COMPARED + 1
        taken: list[int] = []
        for at in sorted(range(0, len(text) - GRAM + 1, step), key=lambda at: self._frequency[text[at : at + GRAM]]):
            if all(abs(at - other) >= GRAM for other in taken):
                taken.append(at)
        return tuple(text[at : at + GRAM] for at in taken)

    def enough(self, pieces: tuple[str, ...]) -> tuple[str, ...]:
        """The first of the pieces, as many as are likely to be found together in few leads."""
        share = 1.0
        for number, piece in enumerate(pieces):
            share *= self._frequency[piece] / (len(self.texts) or 1)
            if share < FEW:
                return pieces[: number + 1]
        return pieces


class Index(Protocol):
    """How one of the two databases keeps its trigrams, and is asked for them."""

    listed: str
    """An aggregate that has all that was `found` in one value."""
    within: str
    """Where a lead is one of such a value."""

    def found(self, sample: Sample, term: str) -> list[Sql]:
        """What selects as `found` the leads that may have the term; then, what finds fewer others and takes longer."""


class SqliteIndex:
    """FTS5's, which has no texts: it finds the numbers of all that have the pieces."""

    listed = "json_group_array(found)"
    within = "l.id IN (SELECT n.lead_id FROM json_each(?) found JOIN lead_number n ON n.number = found.value)"

    def found(self, sample: Sample, term: str) -> list[Sql]:
        """By the rarest pieces, then by all."""
        if len(term) < GRAM:
            beginning = term.translate(AS_INDEXED)
            between = (beginning, beginning + LAST_CHARACTER * (GRAM - 1))
            return [Sql("SELECT doc AS found FROM lead_search_gram WHERE term >= ? AND term <= ?", between)]
        pieces = sample.pieces(term)
        return [
            Sql("SELECT rowid AS found FROM lead_search WHERE lead_search MATCH ?", (" AND ".join(map(_quoted, some)),))
            for some in dict.fromkeys((sample.enough(pieces), pieces))
        ]


class PostgresIndex:
    """GIN over the trigrams of texts that stand beside it: what has not the whole term is left out there."""

    listed = "CAST(array_agg(found) AS TEXT)"
    within = "l.id = ANY(CAST(CAST(? AS TEXT) AS UUID[]))"

    def found(self, sample: Sample, term: str) -> list[Sql]:
        """By the rarest pieces; a shorter term is the beginning of a trigram."""
        asked = f"{_lexeme(term)}:*" if len(term) < GRAM else " & ".join(map(_lexeme, sample.enough(sample.pieces(term))))
        having = "lead_grams(text) @@ CAST(? AS TSQUERY) AND instr(text, ?) <> 0"
        return [Sql(f"SELECT lead_id AS found FROM lead_search WHERE {having}", (asked, term))]


INDEXES: Final[dict[str, Index]] = {"sqlite": SqliteIndex(), "postgres": PostgresIndex()}
_samples: WeakKeyDictionary[Connection, Sample] = WeakKeyDictionary()


async def look_up(connection: Connection, search: str | None, now: datetime, reach: Reach, *, is_of_everybody: bool) -> Sql:
    """Where a lead is one that the index has found; TRUE where it is not asked, or found too many.

    A list that is not everybody's is short enough for SQLite to be read.
    """
    term = fold(search.strip()) if search else ""
    if not term or (connection.dialect == "sqlite" and not is_of_everybody):
        return TRUE
    sample = await _sample(connection, now)
    if not sample.is_indexed or sample.share(term) > reach.share:
        return TRUE
    index = INDEXES[connection.dialect]
    for found in index.found(sample, term):
        limited = f"SELECT count(*) AS total, {index.listed} AS listed FROM (" + found + f" LIMIT {reach.most + 1:d}) AS few"
        row = await connection.fetch_one(limited.text, *limited.parameters)
        if row is not None and not row["total"]:
            return FALSE
        if row is not None and row["total"] <= reach.most:
            return Sql(index.within, (row["listed"],))
    return TRUE


def _quoted(piece: str) -> str:
    return '"' + piece.replace('"', '""') + '"'


def _lexeme(piece: str) -> str:
    return "'" + piece.replace("\\", "\\\\").replace("'", "''") + "'"


async def _sample(connection: Connection, now: datetime) -> Sample:
    sample = _samples.get(connection)
    if sample is None or not timedelta(0) <= now - sample.taken_at < SAMPLE_LASTS:
        newest = f"SELECT search_open, search_person FROM lead ORDER BY created_at DESC, id DESC LIMIT {SAMPLED:d}"
        texts = tuple(f"{row['search_open']}\x1f{row['search_person']}" for row in await connection.fetch(newest))
        sample = _samples[connection] = Sample(now, texts, await _is_indexed(connection))
    return sample


async def _is_indexed(connection: Connection) -> bool:
    if connection.dialect == "postgres":
        return True
    return await connection.fetch_one("SELECT 1 FROM sqlite_master WHERE name = 'lead_search'") is not None
