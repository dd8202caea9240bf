"""From rows to objects: for every field of a type, which columns it needs, and how its attribute is made of them.

An object is made without `__init__`, holding what was selected and nothing else; so is every object inside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gql_leads.api.ids import to_global
from gql_leads.api.selection import Selection
from gql_leads.store.paging import as_uuid
from gql_leads.store.rows import Row
from gql_leads.store.shapes import Shape, named

Kind = TypeVar("Kind")
Make = Callable[[Row, Any], Any]
"""Makes an attribute of a row, for somebody's reading where that decides it."""
Prefixed = Callable[[str], Mapping[str, "Fact"]]
"""The facts of a type, in columns of a prefix."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Where one attribute comes from; an object with facts of its own is None where it is not `present`."""

    attribute: str
    columns: tuple[str, ...]
    make: Make | None = None
    """Where there is none, the attribute is the first column as it is."""
    kind: type | None = None
    facts: Mapping[str, "Fact"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read for a selection, and what to make of each row."""

    kind: type[Any]
    shape: Shape
    copied: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, Make], ...]

    def make(self, row: Row, reading: Any = None) -> Any:
        """The object that holds what was selected."""
        instance = object.__new__(self.kind)
        facts = instance.__dict__
        for attribute, column in self.copied:
            facts[attribute] = row[column]
        for attribute, make in self.parts:
            facts[attribute] = make(row, reading)
        return instance


def plan(kind: type, facts: Mapping[str, Fact], selection: Selection | None = None) -> Plan:
    """The plan for what is selected of a type; for all of it where no selection is given."""
    columns: set[str] = set()
    copied: dict[str, str] = {}
    parts: dict[str, Make] = {}
    for name, below in _selected(kind, facts, selection):
        fact = facts[name]
        columns.update(fact.columns)
        if fact.make is None:
            copied[fact.attribute] = fact.columns[0]
        elif fact.kind is None:
            parts[fact.attribute] = fact.make
        else:
            inner = plan(fact.kind, fact.facts, below)
            columns |= inner.shape.columns
            parts[fact.attribute] = _where(fact.make, inner)
    return Plan(kind, Shape(frozenset(columns)), tuple(copied.items()), tuple(parts.items()))


def _selected(kind: type, facts: Mapping[str, Fact], selection: Selection | None) -> list[tuple[str, Selection | None]]:
    if selection is None:
        return [(name, None) for name in facts]
    return [(name, below) for name, below in selection.fields(kind.__name__).items() if name in facts]  # __typename is not


def _where(present: Make, inner: Plan) -> Make:
    return lambda row, reading: inner.make(row, reading) if present(row, reading) else None


def whole(kind: type[Kind], facts: Mapping[str, Fact]) -> Callable[[Row], Kind]:
    """Makes all of an object of this type, whoever reads it."""
    return plan(kind, facts).make


def plain(attribute: str, column: str | None = None) -> Fact:
    """A column as it is."""
    return Fact(attribute, (column or attribute,))


def flag(attribute: str, column: str | None = None) -> Fact:
    """Yes or no, which SQLite has as numbers."""
    name = column or attribute
    return Fact(attribute, (name,), lambda row, _: bool(row[name]))


def identity(kind: str, column: str = "id") -> Fact:
    """The id of an object of this type, as clients carry it."""
    return Fact("id", (column,), lambda row, _: to_global(kind, row[column]))


def key(attribute: str, column: str) -> Fact:
    """A UUID, or None."""
    return Fact(attribute, (column,), lambda row, _: None if row[column] is None else as_uuid(row[column]))


def inside(attribute: str, kind: type, needed: tuple[str, ...], present: Make, facts: Mapping[str, Fact]) -> Fact:
    """An object of the row's own columns."""
    return Fact(attribute, needed, present, kind, facts)


def beside(attribute: str, kind: type, facts: Prefixed, name: str | None = None) -> Fact:
    """An object that stands beside the row; None where there is none, or the viewer may not know of it."""
    prefix, present = named(name or attribute, ""), named(name or attribute, "id")
    return Fact(attribute, (present,), lambda row, _: row[present] is not None, kind, facts(prefix))
