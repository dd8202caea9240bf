"""SQL statements composed of fragments that carry their own parameters.

Raw SQL for the modules that need it; their docstrings give the reasons.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from gql_leads.store.sql.rows import encode


@dataclass(frozen=True, slots=True)
class Sql:
    """A fragment of SQL with one `?` for each of its parameters, in order."""

    text: str
    parameters: tuple[object, ...] = ()

    def encoded(self) -> "Sql":
        """Return the fragment with its parameters encoded as column values."""
        return Sql(self.text, tuple(encode(one) for one in self.parameters))

    def __add__(self, other: "Sql | str") -> "Sql":
        more = other if isinstance(other, Sql) else Sql(other)
        return Sql(self.text + more.text, self.parameters + more.parameters)

    def __radd__(self, other: str) -> "Sql":
        return Sql(other + self.text, self.parameters)


TRUE = Sql("TRUE")
FALSE = Sql("FALSE")


def join(separator: str, pieces: Iterable[Sql]) -> Sql:
    """Join fragments with a separator."""
    given = list(pieces)
    return Sql(separator.join(piece.text for piece in given), tuple(one for piece in given for one in piece.parameters))


def all_of(*conditions: Sql) -> Sql:
    """Return the conjunction of conditions; TRUE if there is none."""
    return _joined("AND", conditions, nothing=TRUE, everything=FALSE)


def any_of(*conditions: Sql) -> Sql:
    """Return the disjunction of conditions; FALSE if there is none."""
    return _joined("OR", conditions, nothing=FALSE, everything=TRUE)


def _joined(word: str, conditions: tuple[Sql, ...], *, nothing: Sql, everything: Sql) -> Sql:
    """Join conditions, dropping neutral ones; return `everything` if one condition absorbs the others."""
    asked = [condition for condition in conditions if condition.text != nothing.text]
    if len(asked) < 2:
        return asked[0] if asked else nothing
    texts = [condition.text for condition in asked]
    if everything.text in texts:
        return everything
    return Sql(f"({f' {word} '.join(texts)})", tuple([value for condition in asked for value in condition.parameters]))


def negation(condition: Sql) -> Sql:
    """Return the complement of a condition; a condition that is NULL counts as false, so its complement is true."""
    if condition in (TRUE, FALSE):
        return FALSE if condition == TRUE else TRUE
    return "NOT COALESCE(" + condition + ", FALSE)"


def is_one_of(expression: str, values: Iterable[object]) -> Sql:
    """Return `expression = any of values`; FALSE if there are no values."""
    given = tuple(values)
    if not given:
        return FALSE
    if len(given) == 1:
        return Sql(f"{expression} = ?", given)
    return Sql(f"{expression} IN ({', '.join('?' * len(given))})", given)


def insertion(table: str, columns: Mapping[str, object]) -> Sql:
    """Return the INSERT of one row."""
    return Sql(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", tuple(columns.values()))


def update(table: str, columns: Mapping[str, object], row_id: UUID) -> Sql:
    """Return the UPDATE of columns of the row with this id."""
    return Sql(f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?", (*columns.values(), row_id))


@lru_cache(maxsize=4096)
def numbered(text: str) -> str:
    """Replace each `?` by `$1, $2 …`, the parameter syntax of PostgreSQL."""
    parts = text.split("?")
    return "".join(f"{part}${number}" for number, part in enumerate(parts[:-1], 1)) + parts[-1]
