"""How an index of trigrams is asked for a search: for the rarest pieces of the text, and on SQLite only where few leads have them.

What is found, `criteria.searching` alone decides. An index goes through all that it has of every trigram it is asked for, so that a long
text takes longest; a few rare trigrams lead to hardly more leads. A sample of the newest leads tells which are rare.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from gql_leads.domain.folding import fold
from gql_leads.store.connection import Connection
from gql_leads.store.sql import TRUE, Sql

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
NUMBERED: Final = "l.id IN (SELECT n.lead_id FROM json_each(?) found JOIN lead_number n ON n.number = found.value)"
"""Where a lead's number is one of these."""


class Reach(NamedTuple):
    """How many leads the index may find, and which share of all, before it is faster to go through the list."""

    most: int
    share: float


PAGE: Final = Reach(2_000, 0.02)
"""A list is left as soon as the page is full."""
COUNT: Final = Reach(20_000, 0.1)


class Found(NamedTuple):
    """What the index is asked for beside the search itself: pieces of its text, and where a lead is one that the index has found."""

    pieces: tuple[str, ...] = ()
    within: Sql = TRUE
    is_read: bool = False
    """Whether PostgreSQL's index is not to be asked: so many leads have the term that going through the list is faster."""


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

    def pieces(self, text: str, *, of_words: bool = False) -> tuple[str, ...]:
        """Trigrams of the text that do not overlap, the rarest first; `of_words`: of those that PostgreSQL does not leave out.

        PostgreSQL looks for the beginning of a word as two trigrams, of which one tells its first character alone.
        """
        step = len(text) // MOST_COMPARED + 1
        places = [at for at in range(0, len(text) - GRAM + 1, step) if not of_words or _is_of_words(text[at : at + GRAM])]
        taken: list[int] = []
        for at in sorted(places, key=lambda at: (self._frequency[text[at : at + GRAM]], text[at] == " ")):
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


_samples: WeakKeyDictionary[Connection, Sample] = WeakKeyDictionary()


async def look_up(connection: Connection, search: str | None, now: datetime, reach: Reach, *, is_of_everybody: bool) -> Found:
    """How the index is best asked; a list that is not everybody's is short enough for SQLite to be read."""
    term = fold(search.strip()) if search else ""
    if not term or (connection.dialect == "sqlite" and not is_of_everybody):
        return Found()
    sample = await _sample(connection, now)
    if connection.dialect == "postgres":
        # Of a rarity that it guesses from a few texts, the planner is wrong by orders of magnitude: it does not choose here.
        if is_of_everybody and sample.share(term) > reach.share:
            return Found(is_read=True)
        pieces = sample.enough(sample.pieces(term, of_words=True))
        # Asked for a text without a trigram, the index goes through all that it has.
        return Found(pieces=pieces, is_read=not pieces)
    if not sample.is_indexed or sample.share(term) > reach.share:
        return Found()
    for numbers in _numbers(sample, term):
        limited = "SELECT count(*) AS total, json_group_array(number) AS numbers FROM (" + numbers + f" LIMIT {reach.most + 1:d})"
        row = await connection.fetch_one(limited.text, *limited.parameters)
        if row is not None and row["total"] <= reach.most:
            return Found(within=Sql(NUMBERED, (row["numbers"],)))
    return Found()


def _numbers(sample: Sample, term: str) -> list[Sql]:
    """What finds the numbers of the leads that have the term, and of a few others; then, what finds fewer others and takes longer."""
    if len(term) < GRAM:
        beginning = term.translate(AS_INDEXED)
        between = (beginning, beginning + LAST_CHARACTER * (GRAM - 1))
        return [Sql("SELECT doc AS number FROM lead_search_gram WHERE term >= ? AND term <= ?", between)]
    pieces = sample.pieces(term)
    return [
        Sql("SELECT rowid AS number FROM lead_search WHERE lead_search MATCH ?", (" AND ".join(map(_quoted, some)),))
        for some in dict.fromkeys((sample.enough(pieces), pieces))
    ]


def _quoted(piece: str) -> str:
    return '"' + piece.replace('"', '""') + '"'


async def _sample(connection: Connection, now: datetime) -> Sample:
    sample = _samples.get(connection)
    if sample is None or not timedelta(0) <= now - sample.taken_at < SAMPLE_LASTS:
        newest = f"SELECT search_open, search_person FROM lead ORDER BY created_at DESC, id DESC LIMIT {SAMPLED:d}"
        texts = tuple(f"{row['search_open']}\x1f{row['search_person']}" for row in await connection.fetch(newest))
        sample = _samples[connection] = Sample(now, texts, await _is_indexed(connection))
    return sample


async def _is_indexed(connection: Connection) -> bool:
    if connection.dialect == "postgres":
        return False
    return await connection.fetch_one("SELECT 1 FROM sqlite_master WHERE name = 'lead_search'") is not None


def _is_of_words(gram: str) -> bool:
    """Whether PostgreSQL makes a trigram of it, which it does of letters and digits, and the blanks around them."""
    letters = gram.strip()
    return len(letters) > 1 and letters.isalnum()
