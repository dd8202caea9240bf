"""From rows to objects: for every field of a type, which columns it needs, and how its attribute is made of them.

An object is made without `__init__`, holding what was selected and nothing else; so is every object inside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, TypeVar

from gql_leads.api.resolving.selections import Selection
from gql_leads.api.values.ids import encode_id
from gql_leads.store.sql.projection import Projection, named
from gql_leads.store.sql.rows import Row, uuid_or_none

T = TypeVar("T")
Make = Callable[[Row, Any], Any]
"""Makes an attribute of a row, for somebody's reading where that decides it."""
PrefixedSources = Callable[[str], Mapping[str, "FieldSource"]]
"""The facts of a type, in columns of a prefix."""


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Where one attribute comes from: the first column as it is, unless something is made of it, or of all its columns.

    An object with facts of its own is None where it is not present: where `make` says so, or without it where the first column is NULL.
    """

    attribute: str
    columns: tuple[str, ...]
    make: Make | None = None
    kind: type | None = None
    facts: Mapping[str, "FieldSource"] = field(default_factory=dict)
    read: Callable[[Any], Any] | None = None
    """What the first column is read by."""


@dataclass(frozen=True, slots=True)
class RowMapper:
    """What to read for a selection, and what makes the object that holds it of a row."""

    projection: Projection
    make: Callable[..., Any]


def row_mapper(kind: type, facts: Mapping[str, FieldSource], selection: Selection | None = None) -> RowMapper:
    """The plan for what is selected of a type; for all of it where no selection is given."""
    writer = MapperWriter()
    made = writer.made(kind, facts, selection, depth=1)
    return RowMapper(Projection(frozenset(writer.columns)), writer.function(made))


class MapperWriter:
    """Writes a function that makes an object of a row, with all objects inside: to call others takes longer than most of what they do.

    Its text holds the names of attributes and columns, and nothing of a client's.
    """

    def __init__(self) -> None:
        self.columns: set[str] = set()
        self._lines = ["def make(row, reading=None):"]
        self._names: dict[str, Any] = {"new": object.__new__}
        self._numbers = count()

    def made(self, kind: type, facts: Mapping[str, FieldSource], selection: Selection | None, depth: int) -> str:
        """Make an object, and say its name."""
        parts = {}
        for name, below in _selected(kind, facts, selection):
            fact = facts[name]
            self.columns.update(fact.columns)
            parts[fact.attribute] = self._value(fact) if fact.kind is None else self._inner(fact, fact.kind, below, depth)
        made = self._name("made")
        self._line(depth, f"{made} = new({self._constant(kind)})")
        self._line(depth, f"{made}.__dict__ = {{{', '.join(f'{attribute!r}: {value}' for attribute, value in parts.items())}}}")
        return made

    def function(self, made: str) -> Callable[..., Any]:
        """The function that returns what has this name."""
        self._line(1, f"return {made}")
        exec("\n".join(self._lines), self._names)
        function: Callable[..., Any] = self._names.pop("make")
        return function

    def _value(self, fact: FieldSource) -> str:
        if fact.make is not None:
            return f"{self._constant(fact.make)}(row, reading)"
        column = f"row[{fact.columns[0]!r}]"
        return column if fact.read is None else f"{self._constant(fact.read)}({column})"

    def _inner(self, fact: FieldSource, kind: type, selection: Selection | None, depth: int) -> str:
        self._line(depth, f"if {self._value(fact)}{'' if fact.make else ' is not None'}:")
        made = self.made(kind, fact.facts, selection, depth + 1)
        self._line(depth, f"else: {made} = None")
        return made

    def _line(self, depth: int, text: str) -> None:
        self._lines.append(" " * depth + text)

    def _constant(self, value: Any) -> str:
        name = self._name("constant")
        self._names[name] = value
        return name

    def _name(self, word: str) -> str:
        return f"{word}{next(self._numbers)}"


def _selected(kind: type, facts: Mapping[str, FieldSource], selection: Selection | None) -> list[tuple[str, Selection | None]]:
    if selection is None:
        return [(name, None) for name in facts]
    return [(name, below) for name, below in selection.fields(kind.__name__).items() if name in facts]  # __typename is not


def full_mapping(kind: type[T], facts: Mapping[str, FieldSource]) -> Callable[[Row], T]:
    """Makes all of an object of this type, whoever reads it."""
    return row_mapper(kind, facts).make


def column(attribute: str, column: str | None = None) -> FieldSource:
    """A column as it is."""
    return FieldSource(attribute, (column or attribute,))


def boolean(attribute: str, column: str | None = None) -> FieldSource:
    """Yes or no, which SQLite has as numbers."""
    return FieldSource(attribute, (column or attribute,), read=bool)


def global_id(kind: str, column: str = "id") -> FieldSource:
    """The id of an object of this type, as clients carry it."""
    return FieldSource("id", (column,), read=partial(encode_id, kind))


def uuid_column(attribute: str, column: str) -> FieldSource:
    """A UUID, or None."""
    return FieldSource(attribute, (column,), read=uuid_or_none)


def embedded(attribute: str, kind: type, needed: tuple[str, ...], present: Make, facts: Mapping[str, FieldSource]) -> FieldSource:
    """An object of the row's own columns."""
    return FieldSource(attribute, needed, present, kind, facts)


def joined(attribute: str, kind: type, facts: PrefixedSources, name: str | None = None) -> FieldSource:
    """An object that stands beside the row; None where there is none, or the viewer may not know of it."""
    prefix, present = named(name or attribute, ""), named(name or attribute, "id")
    return FieldSource(attribute, (present,), None, kind, facts(prefix))
