"""Statements put together from pieces that carry their own parameters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from gql_leads.store.sql.rows import encode


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with a `?` for each of its parameters, in order."""

    text: str
    parameters: tuple[object, ...] = ()

    def encoded(self) -> "Sql":
        """The same, its parameters written down as columns are."""
        return Sql(self.text, tuple(encode(one) for one in self.parameters))

    def __add__(self, other: "Sql | str") -> "Sql":
        more = other if isinstance(other, Sql) else Sql(other)
        return Sql(self.text + more.text, self.parameters + more.parameters)

    def __radd__(self, other: str) -> "Sql":
        return Sql(other + self.text, self.parameters)


TRUE = Sql("TRUE")
FALSE = Sql("FALSE")


def join(separator: str, pieces: Iterable[Sql]) -> Sql:
    """The pieces in a row, a separator between."""
    given = list(pieces)
    return Sql(separator.join(piece.text for piece in given), tuple(one for piece in given for one in piece.parameters))


def all_of(*conditions: Sql) -> Sql:
    """What holds where every condition holds."""
    return _joined("AND", conditions, nothing=TRUE, everything=FALSE)


def any_of(*conditions: Sql) -> Sql:
    """What holds where at least one condition holds."""
    return _joined("OR", conditions, nothing=FALSE, everything=TRUE)


def _joined(word: str, conditions: tuple[Sql, ...], *, nothing: Sql, everything: Sql) -> Sql:
    """The conditions as one, where one of them may say nothing beside the others, or everything."""
    asked = [condition for condition in conditions if condition.text != nothing.text]
    if len(asked) < 2:
        return asked[0] if asked else nothing
    texts = [condition.text for condition in asked]
    if everything.text in texts:
        return everything
    return Sql(f"({f' {word} '.join(texts)})", tuple([value for condition in asked for value in condition.parameters]))


def negation(condition: Sql) -> Sql:
    """The exact complement: what is unknown to SQL does not hold, so its complement does."""
    if condition in (TRUE, FALSE):
        return FALSE if condition == TRUE else TRUE
    return "NOT COALESCE(" + condition + ", FALSE)"


def is_one_of(expression: str, values: Iterable[object]) -> Sql:
    """Whether the expression equals any of the values; none given, none equals."""
    given = tuple(values)
    if not given:
        return FALSE
    if len(given) == 1:
        return Sql(f"{expression} = ?", given)
    return Sql(f"{expression} IN ({', '.join('?' * len(given))})", given)


def insertion(table: str, columns: Mapping[str, object]) -> Sql:
    """What writes a new row."""
    return Sql(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", tuple(columns.values()))


def update(table: str, columns: Mapping[str, object], row_id: UUID) -> Sql:
    """What writes these columns of the row of this id."""
    return Sql(f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?", (*columns.values(), row_id))


@lru_cache(maxsize=4096)
def numbered(text: str) -> str:
    """The text of a statement with `$1, $2 …` for its `?`, as PostgreSQL wants it."""
    parts = text.split("?")
    return "".join(f"{part}${number}" for number, part in enumerate(parts[:-1], 1)) + parts[-1]
