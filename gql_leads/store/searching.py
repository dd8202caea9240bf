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
from gql_leads.store.connection import Connection
from gql_leads.store.sql import FALSE, TRUE, Sql, join

GRAM: Final = 3
"""Characters of a trigram."""
FEW_FOR_SQLITE: Final = 0.003
FEW_FOR_POSTGRES: Final = 0.0005
"""Shares of all leads that the database looks at in no time; PostgreSQL compares each with the text."""
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


class Found(NamedTuple):
    """Where a lead is one that the index has found; TRUE where it was not asked, or found too many."""

    anywhere: Sql = TRUE
    waiting: Sql = TRUE
    """By what a partner is shown of it while it waits."""


ANYTHING: Final = Found()


@dataclass(frozen=True)
class Sample:
    """The search texts of the newest leads at some moment, and whether SQLite has an index of them all."""

    taken_at: datetime
    in_the_open: tuple[str, ...]
    texts: tuple[str, ...]
    """With what is told of the person."""
    is_indexed: bool

    @cached_property
    def _frequency(self) -> Counter[str]:
        return Counter(gram for text in self.texts for gram in {text[at : at + GRAM] for at in range(len(text) - GRAM + 1)})

    def share(self, text: str, *, in_the_open: bool) -> float:
        """Which share of them have this text."""
        texts = self.in_the_open if in_the_open else self.texts
        return sum(text in one for one in texts) / (len(texts) or 1)

    def pieces(self, text: str) -> tuple[str, ...]:
        """Trigrams of the text that do not overlap, the rarest first."""
        step = len(text) // MOST_COMPARED + 1
        taken: list[int] = []
        for at in sorted(range(0, len(text) - GRAM + 1, step), key=lambda at: self._frequency[text[at : at + GRAM]]):
            if all(abs(at - other) >= GRAM for other in taken):
                taken.append(at)
        return tuple(text[at : at + GRAM] for at in taken)

    def enough(self, pieces: tuple[str, ...], few: float) -> tuple[str, ...]:
        """The first of the pieces, as many as are likely to be found together in few leads: a share of all."""
        share = 1.0
        for number, piece in enumerate(pieces):
            # What none of the sample has, one more may have: the newest leads have the highest numbers.
            share *= (self._frequency[piece] + 1) / (len(self.texts) + 1)
            if share < few:
                return pieces[: number + 1]
        return pieces


class Index(Protocol):
    """How one of the two databases keeps its trigrams, and is asked for them."""

    listed: str
    """An aggregate that has all that was `found` in one value."""
    within: str
    """Where a lead is one of such a value."""

    def found(self, sample: Sample, term: str, *, in_the_open: bool) -> list[Sql]:
        """What selects as `found` the leads that may have the term; then, what finds fewer others and takes longer."""


class SqliteIndex:
    """FTS5's, which has no texts: it finds the numbers of all that have the pieces."""

    listed = "json_group_array(found)"
    within = "l.id IN (SELECT n.lead_id FROM json_each(?) found JOIN lead_number n ON n.number = found.value)"

    def found(self, sample: Sample, term: str, *, in_the_open: bool) -> list[Sql]:
        """By the rarest pieces, then by all, wherever they are."""
        if len(term) < GRAM:
            beginning = term.translate(AS_INDEXED)
            between = (beginning, beginning + LAST_CHARACTER * (GRAM - 1))
            return [Sql("SELECT doc AS found FROM lead_search_gram WHERE term >= ? AND term <= ?", between)]
        pieces = sample.pieces(term)
        return [
            Sql("SELECT rowid AS found FROM lead_search WHERE lead_search MATCH ?", (" AND ".join(map(_quoted, some)),))
            for some in dict.fromkeys((sample.enough(pieces, FEW_FOR_SQLITE), pieces))
        ]


class PostgresIndex:
    """GIN over the trigrams of texts that stand beside it: what has not the whole term is left out there."""

    listed = "CAST(array_agg(found) AS TEXT)"
    within = "l.id = ANY(CAST(CAST(? AS TEXT) AS UUID[]))"

    def found(self, sample: Sample, term: str, *, in_the_open: bool) -> list[Sql]:
        """By the rarest pieces; a shorter term is the beginning of a trigram."""
        asked = f"{_lexeme(term)}:*" if len(term) < GRAM else " & ".join(map(_lexeme, sample.enough(sample.pieces(term), FEW_FOR_POSTGRES)))
        # Apart, since a condition that the index serves is not computed again only where it stands alone. Who is found twice counts twice:
        # to tell them apart, all would have to be found first.
        of_each = [
            Sql(
                f"SELECT lead_id AS found FROM lead_search WHERE lead_grams({column}) @@ CAST(? AS TSQUERY) AND instr({column}, ?) <> 0",
                (asked, term),
            )
            for column in (("search_open",) if in_the_open else ("search_open", "search_person"))
        ]
        return [join(" UNION ALL ", of_each)]


INDEXES: Final[dict[str, Index]] = {"sqlite": SqliteIndex(), "postgres": PostgresIndex()}
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
    for found in index.found(sample, term, in_the_open=in_the_open):
        limited = f"SELECT count(*) AS total, {index.listed} AS listed FROM (" + found + f" LIMIT {reach.most + 1:d}) AS few"
        row = await connection.fetch_one(limited.text, *limited.parameters)
        assert row is not None, "it counts"
        if row["total"] <= reach.most:
            return Sql(index.within, (row["listed"],)) if row["total"] else FALSE
    return None


def _quoted(piece: str) -> str:
    return '"' + piece.replace('"', '""') + '"'


def _lexeme(piece: str) -> str:
    return "'" + piece.replace("\\", "\\\\").replace("'", "''") + "'"


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
