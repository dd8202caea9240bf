"""Trigrams: how rare each is, and how the index of each database is asked for those of a term."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, Protocol

from gql_leads.store.access import access_policy
from gql_leads.store.database.configuration import Dialect
from gql_leads.store.sql.builder import Sql, join

GRAM: Final = 3
"""Characters of a trigram."""
MOST_COMPARED: Final = 24
"""Trigrams of a text from which the rarest are taken."""
LAST_CHARACTER: Final = "\U0010ffff"
AS_INDEXED: Final = str.maketrans("\ufffe\uffff", "\ufffd\ufffd")
"""What SQLite's index has instead of what is no character."""

Columns = tuple[str, ...]
"""Some of those that are searched."""


@dataclass(frozen=True)
class Sample:
    """The search texts of the newest leads at some moment, and whether SQLite has an index of them all."""

    taken_at: datetime
    texts: Mapping[Columns, tuple[str, ...]]
    """What they have in these columns together."""
    is_indexed: bool

    @property
    def _whole(self) -> tuple[str, ...]:
        return self.texts[access_policy.SEARCHED]

    @cached_property
    def _frequency(self) -> Counter[str]:
        return Counter(gram for text in self._whole for gram in {text[at : at + GRAM] for at in range(len(text) - GRAM + 1)})

    def share(self, text: str, columns: Columns) -> float:
        """Which share of them have this text in one of the columns."""
        return sum(text in one for one in self.texts[columns]) / (len(self.texts[columns]) or 1)

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
            share *= (self._frequency[piece] + 1) / (len(self._whole) + 1)
            if share < few:
                return pieces[: number + 1]
        return pieces


class Index(Protocol):
    """How one of the two databases keeps the trigrams of each column that is searched, and is asked for them."""

    listed: str
    """An aggregate that has all that was `found` in one value."""
    within: str
    """Where a lead is one of such a value."""
    few: float
    """A share of all leads that the database looks at in no time."""
    most_waiting: int
    """Of more that it finds, it is faster to go through what waits than to look at each."""

    def candidates(self, sample: Sample, term: str, columns: Columns) -> list[Sql]:
        """What selects as `found` the leads that may have the term in a column; then, what finds fewer others and takes longer.

        Who has it in two columns is found twice: to tell them apart, all would have to be found first.
        """


class SqliteIndex:
    """FTS5's, which has no texts: it finds the numbers of all that have the pieces, wherever they have them."""

    listed = "json_group_array(found)"
    within = "l.id IN (SELECT n.lead_id FROM json_each(?) found JOIN lead_number n ON n.number = found.value)"
    few = 0.003
    most_waiting = 200

    def candidates(self, sample: Sample, term: str, columns: Columns) -> list[Sql]:
        """By the rarest pieces, then by all."""
        if len(term) < GRAM:
            beginning = term.translate(AS_INDEXED)
            return [_of_each(columns, _BEGINS, (beginning, beginning + LAST_CHARACTER * (GRAM - 1)))]
        pieces = sample.pieces(term)
        return [
            _of_each(columns, _MATCHES, (" AND ".join(map(_quoted, some)),))
            for some in dict.fromkeys((sample.enough(pieces, self.few), pieces))
        ]


class PostgresIndex:
    """GIN over the trigrams of texts that stand beside it: what has not the whole term is left out there."""

    listed = "CAST(array_agg(found) AS TEXT)"
    within = "l.id = ANY(CAST(CAST(? AS TEXT) AS UUID[]))"
    few = 0.0005  # each is compared with the text
    most_waiting = 20_000  # its planner chooses: as many as are ever looked up

    def candidates(self, sample: Sample, term: str, columns: Columns) -> list[Sql]:
        """By the rarest pieces; a shorter term is the beginning of a trigram."""
        asked = f"{_lexeme(term)}:*" if len(term) < GRAM else " & ".join(map(_lexeme, sample.enough(sample.pieces(term), self.few)))
        # Apart, since a condition that the index serves is not computed again only where it stands alone.
        return [_of_each(columns, _HAS, (asked, term))]


INDEXES: Final[Mapping[Dialect, Index]] = {"sqlite": SqliteIndex(), "postgres": PostgresIndex()}
_BEGINS: Final = "SELECT doc AS found FROM grams_of_{0}_term WHERE term >= ? AND term <= ?"
_MATCHES: Final = "SELECT rowid AS found FROM grams_of_{0} WHERE grams_of_{0} MATCH ?"
_HAS: Final = "SELECT lead_id AS found FROM lead_search WHERE lead_grams({0}) @@ CAST(? AS TSQUERY) AND instr({0}, ?) <> 0"


def _of_each(columns: Columns, selected: str, parameters: tuple[object, ...]) -> Sql:
    return join(" UNION ALL ", [Sql(selected.format(column), parameters) for column in columns])


def _quoted(piece: str) -> str:
    return '"' + piece.replace('"', '""') + '"'


def _lexeme(piece: str) -> str:
    return "'" + piece.replace("\\", "\\\\").replace("'", "''") + "'"
