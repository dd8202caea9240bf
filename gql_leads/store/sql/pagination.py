"""Keyset pagination: every order ends in a unique key, so that pages never skip or repeat a row.

Values that are missing or hidden from the viewer come last in both directions. Raw SQL because merged lists and pages of many parents have
no QuerySet form (`make bench`, q1 and q3).
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from gql_leads.store.database.configuration import Dialect
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql.builder import FALSE, TRUE, Sql, all_of, any_of, is_one_of, join, negation
from gql_leads.store.sql.rows import Row, as_uuid, grouped

Values = Sequence[Any]
Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an order."""

    expression: str
    descending: bool = False
    nullable: bool = False

    def equals(self, value: object) -> Sql:
        """Return the condition that this key equals a value."""
        return Sql(f"{self.expression} IS NULL") if value is None else Sql(f"{self.expression} = ?", (value,))

    def behind(self, value: object, *, backward: bool) -> Sql:
        """Return the condition that a row comes after a value in this key; before it if `backward`."""
        if value is None:
            return Sql(f"{self.expression} IS NOT NULL") if backward else FALSE
        sign = "<" if self.descending != backward else ">"
        further = Sql(f"{self.expression} {sign} ?", (value,))
        return any_of(further, Sql(f"{self.expression} IS NULL")) if self.nullable and not backward else further

    def order(self, *, backward: bool) -> str:
        """Return this key's part of ORDER BY."""
        return self._order(f"({self.expression} IS NULL)", self.expression, backward=backward)

    def columns(self, number: int) -> str:
        """Return this key as additional columns of a subquery, for an outer ORDER BY."""
        return f"{f', {self.expression} IS NULL AS m{number}' if self.nullable else ''}, {self.expression} AS k{number}"

    def order_by_columns(self, number: int, *, backward: bool) -> str:
        """Return this key's part of the outer ORDER BY."""
        return self._order(f"m{number}", f"k{number}", backward=backward)

    def _order(self, missing: str, value: str, *, backward: bool) -> str:
        direction = "DESC" if self.descending != backward else "ASC"
        return f"{missing} {'DESC' if backward else 'ASC'}, {value} {direction}" if self.nullable else f"{value} {direction}"


@dataclass(frozen=True, slots=True)
class Window:
    """A page to read: `size` rows after `after` and before `before`, from the end if `backward`."""

    size: int
    backward: bool = False
    after: Values | None = None
    before: Values | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """All rows after `after` up to and including `until`."""

    after: Values | None = None
    until: Values | None = None


@dataclass(frozen=True)
class Select:
    """Parts of a SELECT: columns, FROM clause, condition and order."""

    columns: Sql
    source: Sql
    where: Sql
    order: tuple[Key, ...]

    @cached_property
    def rows(self) -> Sql:
        """The SELECT without ORDER BY; a further condition can be appended."""
        return "SELECT " + self.columns + _keys(self.order) + " " + self.source + " WHERE " + self.where

    @cached_property
    def sorting(self) -> tuple[str, str]:
        """The ORDER BY clause, forward and backward."""
        return f" ORDER BY {_order(self.order, backward=False)}", f" ORDER BY {_order(self.order, backward=True)}"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in their order; the columns `k0`, `k1` … are a row's cursor values."""

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool


EMPTY = Page((), False, False)


def cursor_values(row: Row, order: tuple[Key, ...]) -> list[Any]:
    """Return the cursor values of a row."""
    return [row[f"k{number}"] for number in range(len(order))]


async def read_page(connection: Connection, select: Select, window: Window, further: Sql = TRUE) -> Page:
    """Read one page by one statement, of the rows that fulfil a further condition."""
    return _page(await connection.fetch(page_statement(select, window, further)), window)


async def read_end(connection: Connection, select: Select, window: Window) -> Values | None:
    """Return the cursor values of the window's last row if the window is full and more rows follow, else None."""
    asked = span_statement(select, window) + f" LIMIT 2 OFFSET {window.size - 1:d}"
    rows = await connection.fetch(asked)
    return cursor_values(rows[0], select.order) if len(rows) == 2 else None


def merged(
    table: str, conditions: Sequence[Sql], order: tuple[Key, ...], window: Window | Span, dialect: Dialect, *, alias: str = "l"
) -> Sql:
    """Return a FROM clause with the window's rows of the table, merged from several disjoint conditions.

    Each condition is read in the order of its own index. With one OR of all, the planner would either walk the whole table for a rare
    condition or sort all rows of a frequent one.
    """
    rows = _first_of_all(table, conditions, order, window, dialect, alias)
    return "FROM (" + rows + f") AS found JOIN {table} {alias} ON {alias}.id = found.id"


def merged_lists(table: str, lists: Sequence[Sequence[Sql]], order: tuple[Key, ...], window: Window, dialect: Dialect) -> Sql:
    """Return a FROM clause with the rows of several lists, each given as disjoint conditions.

    `found.list` is the list's number.
    """
    first_of_each = (
        f"SELECT id, {at} AS list FROM (" + _first_of_all(table, conditions, order, window, dialect) + f") AS list{at}"
        for at, conditions in enumerate(lists)
    )
    return "FROM (" + join(" UNION ALL ", first_of_each) + f") AS found JOIN {table} l ON l.id = found.id"


def _first_of_all(
    table: str, conditions: Sequence[Sql], order: tuple[Key, ...], window: Window | Span, dialect: Dialect, alias: str = "l"
) -> Sql:
    """Return the ids of the window's rows, merged from the conditions in order without reading more than needed.

    PostgreSQL merges this way if each part has its own LIMIT, SQLite if none has.
    """
    within = _within(order, window)
    keys = "".join(key.columns(number) for number, key in enumerate(order)) if isinstance(window, Window) else ""
    parts = [f"SELECT {alias}.id AS id{keys} FROM {table} {alias} WHERE " + all_of(condition, within) for condition in conditions]
    if not isinstance(window, Window):
        return join(" UNION ALL ", parts)
    limit = f"LIMIT {window.size + 1:d}"
    if dialect == "postgres" and len(parts) > 1:
        ending = f" ORDER BY {_order(order, window.backward)} {limit}"
        parts = ["SELECT * FROM (" + part + f"{ending}) AS part{number}" for number, part in enumerate(parts)]
    in_turn = ", ".join(key.order_by_columns(number, backward=window.backward) for number, key in enumerate(order))
    return join(" UNION ALL ", parts) + f" ORDER BY {in_turn} {limit}"


async def read_lists(connection: Connection, select: Select, window: Window, keys: Sequence[Name]) -> dict[Name, Page]:
    """Read the same page of each list of a source made by `merged_lists` by one statement."""
    found: dict[Name, list[Row]] = {key: [] for key in keys}
    statement = "SELECT " + select.columns + _keys(select.order) + ", found.list AS list " + select.source + " WHERE " + select.where
    statement += f" ORDER BY found.list, {_order(select.order, window.backward)}"
    for row in await connection.fetch(statement):
        found[keys[row["list"]]].append(row)
    return {key: _page(rows, window) for key, rows in found.items()}


async def read_pages(connection: Connection, select: Select, window: Window, parent: str, ids: Iterable[UUID]) -> dict[UUID, Page]:
    """Read the same page of each parent by one statement; `parent` is the column with the parent's id."""
    wanted = tuple(ids)
    if len(wanted) == 1:  # one parent's rows come in index order; ROW_NUMBER would read all of them
        return {wanted[0]: await read_page(connection, select, window, is_one_of(parent, wanted))}
    rank = f"ROW_NUMBER() OVER (PARTITION BY {parent} ORDER BY {_order(select.order, window.backward)})"
    numbered = f", {parent} AS parent_id, {rank} AS row_in_parent"
    inner = "SELECT " + select.columns + _keys(select.order) + numbered + " " + select.source + " WHERE "
    inner += all_of(is_one_of(parent, wanted), select.where, _within(select.order, window))
    statement = "SELECT * FROM (" + inner + ") AS numbered WHERE row_in_parent <= ? ORDER BY parent_id, row_in_parent"
    rows = await connection.fetch(statement, window.size + 1)
    return {one: _page(found, window) for one, found in grouped(rows, "parent_id", wanted).items()}


async def read_by_id(connection: Connection, select: Select, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Read the rows with these ids by one statement; the order's last key is the id."""
    if not ids:
        return {}
    statement = select.rows + " AND " + is_one_of(select.order[-1].expression, ids)
    name = f"k{len(select.order) - 1}"
    return {as_uuid(row[name]): row for row in await connection.fetch(statement)}


async def count(connection: Connection, source: str, where: Sql) -> int:
    """Return the number of rows."""
    row = await connection.fetch_one(f"SELECT count(*) AS total {source} WHERE " + where)
    return int(row["total"]) if row else 0


async def counts(connection: Connection, source: str, where: Sql, parent: str, ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return the number of rows of each parent."""
    condition = all_of(is_one_of(parent, ids), where)
    rows = await connection.fetch(f"SELECT {parent} AS parent_id, count(*) AS total {source} WHERE " + condition + f" GROUP BY {parent}")
    return {as_uuid(row["parent_id"]): row["total"] for row in rows}


def page_statement(select: Select, window: Window, further: Sql = TRUE) -> Sql:
    """Return the statement of a page, with one row more to detect a next page."""
    return span_statement(select, window, further) + Sql(" LIMIT ?", (window.size + 1,))


def span_statement(select: Select, window: Window | Span, further: Sql = TRUE) -> Sql:
    """Return the statement of all rows of a span, or after and before a window's cursors."""
    backward = isinstance(window, Window) and window.backward
    condition, rows = all_of(further, _within(select.order, window)), select.rows
    narrower = "" if condition == TRUE else f" AND {condition.text}"
    return Sql(f"{rows.text}{narrower}{select.sorting[backward]}", rows.parameters + condition.parameters)


def _page(rows: Sequence[Row], window: Window) -> Page:
    more = len(rows) > window.size
    kept = rows[: window.size]
    if window.backward:
        return Page(list(reversed(kept)), window.before is not None, more)
    return Page(kept, more, window.after is not None)


def _keys(order: tuple[Key, ...]) -> str:
    return "".join(f", {key.expression} AS k{number}" for number, key in enumerate(order))


def _order(order: tuple[Key, ...], backward: bool) -> str:
    return ", ".join(key.order(backward=backward) for key in order)


def _within(order: tuple[Key, ...], window: Window | Span) -> Sql:
    after = TRUE if window.after is None else _beyond(order, window.after, backward=False)
    if isinstance(window, Span):
        return after if window.until is None else all_of(_about(order, window), after, _up_to(order, window.until))
    before = TRUE if window.before is None else _beyond(order, window.before, backward=True)
    return all_of(after, before)


def _about(order: tuple[Key, ...], span: Span) -> Sql:
    """Return a redundant range condition on the first key of a span with both ends.

    PostgreSQL does not combine two row comparisons into one index range. Without this condition it expects so many rows that it reads and
    sorts the whole table for each part of an export.
    """
    if span.after is None or span.until is None or not _is_even(order):
        return TRUE
    first, *_ = order
    ends = (span.until[0], span.after[0]) if first.descending else (span.after[0], span.until[0])
    return Sql(f"{first.expression} >= ? AND {first.expression} <= ?", ends)


def _beyond(order: tuple[Key, ...], values: Values, *, backward: bool) -> Sql:
    if _is_even(order):
        return _compared(order, "<" if order[0].descending != backward else ">", values)
    steps = []
    for number, key in enumerate(order):
        equal = (earlier.equals(value) for earlier, value in zip(order[:number], values, strict=False))
        steps.append(all_of(*equal, key.behind(values[number], backward=backward)))
    return any_of(*steps)


def _up_to(order: tuple[Key, ...], values: Values) -> Sql:
    if _is_even(order):
        return _compared(order, ">=" if order[0].descending else "<=", values)
    return negation(_beyond(order, values, backward=False))


def _is_even(order: tuple[Key, ...]) -> bool:
    return len({key.descending for key in order}) == 1 and not any(key.nullable for key in order)


def _compared(order: tuple[Key, ...], sign: str, values: Values) -> Sql:
    """Return a row comparison, from which an index on these columns can start."""
    names = ", ".join(key.expression for key in order)
    return Sql(f"({names}) {sign} ({', '.join('?' * len(order))})", tuple(values))
