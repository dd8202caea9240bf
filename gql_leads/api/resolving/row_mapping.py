"""Mapping of database rows to GraphQL objects.

A `FieldSource` declares the columns of a field; a `RowMapper` holds the function that builds an object from a row.
Objects are created without `__init__` and hold only the attributes that the client selected. Nested objects are built the same way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, TypeVar

from strawberry.types.base import StrawberryOptional
from strawberry.types.lazy_type import LazyType

from gql_leads.api.resolving.selections import Selection
from gql_leads.api.values.ids import encode_id
from gql_leads.store.sql.projection import Projection, named
from gql_leads.store.sql.rows import Row, uuid_or_none

T = TypeVar("T")
Make = Callable[[Row, Any], Any]
"""Computes an attribute from a row and the `LeadReader` (None for types that need no reader)."""
PrefixedSources = Callable[[str], Mapping[str, "FieldSource"]]
"""Returns the field sources of a type whose columns carry a prefix."""


@dataclass(frozen=True, slots=True)
class FieldSource:
    """The source of one attribute: columns, and the conversion of their values.

    The value is the first column's, converted by `read` if given, or the result of `make`, which gets the whole row.

    A source with `sources` is a nested object. It is None if `make` returns a false value, or without `make` if the first column is NULL.
    """

    attribute: str
    columns: tuple[str, ...]
    make: Make | None = None
    sources: Mapping[str, "FieldSource"] = field(default_factory=dict)
    read: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class RowMapper:
    """The columns to read for a selection, and the function `make(row, reader)` that builds the object."""

    projection: Projection
    make: Callable[..., Any]


def row_mapper(kind: type, sources: Mapping[str, FieldSource], selection: Selection | None = None) -> RowMapper:
    """Return the mapper of the selected fields of a type; without a selection, of all fields in `sources`."""
    writer = MapperWriter()
    result = writer.write_object(kind, sources, selection, depth=1)
    return RowMapper(Projection(frozenset(writer.columns)), writer.compile(result))


def full_mapper(kind: type[T], sources: Mapping[str, FieldSource]) -> Callable[[Row], T]:
    """Return a function that builds an object with all its fields from a row."""
    return row_mapper(kind, sources).make


class MapperWriter:
    """Generates the source of one function that builds an object and its nested objects.

    One generated function is faster than a call per attribute. Its text contains attribute and column names, and no client input.
    """

    def __init__(self) -> None:
        self.columns: set[str] = set()
        self._lines = ["def make(row, reader=None):"]
        self._names: dict[str, Any] = {"new": object.__new__}
        self._numbers = count()

    def write_object(self, kind: type, sources: Mapping[str, FieldSource], selection: Selection | None, depth: int) -> str:
        """Write the statements that build an object, and return the name of the variable that holds it."""
        attributes = {}
        for name, below in _selected(kind, sources, selection):
            source = sources[name]
            self.columns.update(source.columns)
            attributes[source.attribute] = self._nested(kind, source, below, depth) if source.sources else self._value(source)
        variable = self._name("object")
        self._line(depth, f"{variable} = new({self._constant(kind)})")
        self._line(depth, f"{variable}.__dict__ = {{{', '.join(f'{attribute!r}: {value}' for attribute, value in attributes.items())}}}")
        return variable

    def compile(self, variable: str) -> Callable[..., Any]:
        """Return the function whose result is the value of this variable."""
        self._line(1, f"return {variable}")
        exec("\n".join(self._lines), self._names)
        function: Callable[..., Any] = self._names.pop("make")
        return function

    def _value(self, source: FieldSource) -> str:
        if source.make is not None:
            return f"{self._constant(source.make)}(row, reader)"
        column = f"row[{source.columns[0]!r}]"
        return column if source.read is None else f"{self._constant(source.read)}({column})"

    def _nested(self, kind: type, source: FieldSource, selection: Selection | None, depth: int) -> str:
        self._line(depth, f"if {self._value(source)}{'' if source.make else ' is not None'}:")
        variable = self.write_object(object_type(kind, source.attribute), source.sources, selection, depth + 1)
        self._line(depth, f"else: {variable} = None")
        return variable

    def _line(self, depth: int, text: str) -> None:
        self._lines.append(" " * depth + text)

    def _constant(self, value: Any) -> str:
        name = self._name("constant")
        self._names[name] = value
        return name

    def _name(self, word: str) -> str:
        return f"{word}{next(self._numbers)}"


def object_type(kind: Any, attribute: str) -> type:
    """Return the class that an attribute's annotation declares; imports it if the type is lazy."""
    declared: Any
    (declared,) = (one.type for one in kind.__strawberry_definition__.fields if one.python_name == attribute)
    declared = declared.of_type if isinstance(declared, StrawberryOptional) else declared
    resolved: type = declared.resolve_type() if isinstance(declared, LazyType) else declared
    return resolved


def _selected(kind: type, sources: Mapping[str, FieldSource], selection: Selection | None) -> list[tuple[str, Selection | None]]:
    if selection is None:
        return [(name, None) for name in sources]
    return [(name, below) for name, below in selection.fields(kind.__name__).items() if name in sources]  # __typename has no source


def column(attribute: str, name: str | None = None) -> FieldSource:
    """Return the source of an attribute that is a column's value; the column has the attribute's name unless given."""
    return FieldSource(attribute, (name or attribute,))


def boolean(attribute: str, name: str | None = None) -> FieldSource:
    """Return the source of a boolean column, which SQLite returns as 0 or 1."""
    return FieldSource(attribute, (name or attribute,), read=bool)


def global_id(kind: str, name: str = "id") -> FieldSource:
    """Return the source of the `id` field of a type: the encoded type name and UUID."""
    return FieldSource("id", (name,), read=partial(encode_id, kind))


def uuid_column(attribute: str, name: str) -> FieldSource:
    """Return the source of an attribute that is a UUID or None."""
    return FieldSource(attribute, (name,), read=uuid_or_none)


def embedded(attribute: str, columns: tuple[str, ...], is_present: Make, sources: Mapping[str, FieldSource]) -> FieldSource:
    """Return the source of a nested object that lies in the row's own columns; `is_present` needs `columns`."""
    return FieldSource(attribute, columns, is_present, sources)


def joined(attribute: str, sources: PrefixedSources, relation: str | None = None) -> FieldSource:
    """Return the source of an object from a joined relation; None if the relation's id is NULL."""
    prefix, id_column = named(relation or attribute, ""), named(relation or attribute, "id")
    return FieldSource(attribute, (id_column,), None, sources(prefix))
