"""Trigrams: their frequency in a sample, and the query for them in each database's index.

Raw SQL because FTS5 and GIN indexes have no QuerySet form (`make bench`, search).
"""

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
"""Length of a trigram in characters."""
MOST_COMPARED: Final = 24
"""Number of a term's trigrams among which the rarest are chosen."""
LAST_CHARACTER: Final = "\U0010ffff"
AS_INDEXED: Final = str.maketrans("\ufffe\uffff", "\ufffd\ufffd")
"""SQLite's index stores U+FFFD in place of noncharacters."""

Columns = tuple[str, ...]
"""Names of search columns."""


@dataclass(frozen=True)
class TermStatistics:
    """Search texts of the newest leads at one time, and whether SQLite has a trigram index."""

    taken_at: datetime
    texts: Mapping[Columns, tuple[str, ...]]
    """The texts of each lead in these columns, joined."""
    is_indexed: bool

    @property
    def _whole(self) -> tuple[str, ...]:
        return self.texts[access_policy.SEARCHED]

    @cached_property
    def _frequency(self) -> Counter[str]:
        return Counter(gram for text in self._whole for gram in {text[at : at + GRAM] for at in range(len(text) - GRAM + 1)})

    def share(self, text: str, columns: Columns) -> float:
        """Return the share of leads whose columns contain a text."""
        return sum(text in one for one in self.texts[columns]) / (len(self.texts[columns]) or 1)

    def pieces(self, text: str) -> tuple[str, ...]:
        """Return trigrams of a text that do not overlap, the rarest first."""
        step = len(text) // MOST_COMPARED + 1
        taken: list[int] = []
        for at in sorted(range(0, len(text) - GRAM + 1, step), key=lambda at: self._frequency[text[at : at + GRAM]]):
            if all(abs(at - other) >= GRAM for other in taken):
                taken.append(at)
        return tuple(text[at : at + GRAM] for at in taken)

    def enough(self, pieces: tuple[str, ...], few: float) -> tuple[str, ...]:
        """Return the first trigrams that together probably occur in fewer leads than a share of all."""
        share = 1.0
        for number, piece in enumerate(pieces):
            # Add one: a trigram that the sample lacks may occur in a later lead.
            share *= (self._frequency[piece] + 1) / (len(self._whole) + 1)
            if share < few:
                return pieces[: number + 1]
        return pieces


class Index(Protocol):
    """The trigram index of one database."""

    listed: str
    """Aggregate expression that puts all candidates in one value."""
    within: str
    """Condition that a lead is in such a value."""
    few: float
    """Share of all leads that the database reads in negligible time."""
    most_waiting: int
    """Number of candidates above which scanning the waiting leads is faster."""

    def candidates(self, sample: TermStatistics, term: str, columns: Columns) -> list[Sql]:
        """Return SELECTs of candidates as `found`: the fastest first, then one with fewer false candidates.

        A lead that has the term in two columns occurs twice: DISTINCT would have to read all of them first.
        """


class SqliteIndex:
    """SQLite's FTS5 index without texts.

    It finds the numbers of leads that have all trigrams, anywhere in the column.
    """

    listed = "json_group_array(found)"
    within = "l.id IN (SELECT n.lead_id FROM json_each(?) found JOIN lead_number n ON n.number = found.value)"
    few = 0.003
    most_waiting = 200

    def candidates(self, sample: TermStatistics, term: str, columns: Columns) -> list[Sql]:
        """Return a SELECT by the rarest trigrams and one by all of them."""
        if len(term) < GRAM:
            beginning = term.translate(AS_INDEXED)
            return [_of_each(columns, _BEGINS, (beginning, beginning + LAST_CHARACTER * (GRAM - 1)))]
        pieces = sample.pieces(term)
        return [
            _of_each(columns, _MATCHES, (" AND ".join(map(_quoted, some)),))
            for some in dict.fromkeys((sample.enough(pieces, self.few), pieces))
        ]


class PostgresIndex:
    """PostgreSQL's GIN index on trigrams, next to a copy of the texts, which removes false candidates."""

    listed = "array_agg(found)"
    # A parameter of this type, not a cast text: PostgreSQL would parse the text again for each row, and could not estimate its length.
    within = "l.id = ANY(CAST(? AS UUID[]))"
    few = 0.0005  # each candidate is compared with its text
    most_waiting = 20_000  # the planner chooses the plan, so use every candidate

    def candidates(self, sample: TermStatistics, term: str, columns: Columns) -> list[Sql]:
        """Return a SELECT by the rarest trigrams; a shorter term is matched as the beginning of a trigram."""
        asked = f"{_lexeme(term)}:*" if len(term) < GRAM else " & ".join(map(_lexeme, sample.enough(sample.pieces(term), self.few)))
        # One SELECT per column: PostgreSQL skips the recheck of an indexed condition only if it stands alone.
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
