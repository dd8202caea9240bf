"""Conversion between Python values and column values, the same on both databases."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Protocol, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson

from gql_leads.domain.attributes import defaults_of

Facts = TypeVar("Facts")
Reader = Callable[[Any], Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Row(Protocol):
    """A row of either driver."""

    def __getitem__(self, name: str, /) -> Any: ...


def to_millis(instant: datetime) -> int:
    """Return whole milliseconds since 1970 in UTC."""
    since = instant - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def from_millis(millis: int) -> datetime:
    """Return the instant of milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=millis)


@lru_cache(maxsize=8_192)  # parsing a UUID takes longer than everything else done with a row
def as_uuid(value: UUID | str) -> UUID:
    """Return a key as UUID; SQLite's driver gives text, PostgreSQL's a UUID."""
    return value if isinstance(value, UUID) else UUID(value)


def uuid_or_none(value: UUID | str | None) -> UUID | None:
    """Return a nullable key as UUID or None."""
    return None if value is None else as_uuid(value)


def grouped(rows: Iterable[Row], column: str, keys: Iterable[UUID]) -> dict[UUID, list[Row]]:
    """Group rows by a key column; every given key gets a list."""
    found: dict[UUID, list[Row]] = {key: [] for key in keys}
    for row in rows:
        found[as_uuid(row[column])].append(row)
    return found


class UuidArray(tuple[UUID, ...]):
    """Keys that are passed to PostgreSQL as one parameter of type uuid[]."""

    __slots__ = ()


PLAIN = frozenset({NoneType, bool, int, float, bytes, str})
"""Types that drivers take unchanged."""


def encode_all(values: Iterable[object]) -> list[object]:
    """Encode Python values as a statement's parameters."""
    return [value if type(value) in PLAIN else encode(value) for value in values]


def encode_columns(columns: Mapping[str, object]) -> dict[str, Any]:
    """Return the columns with encoded values, as a Tortoise model and `QuerySet.update` take them."""
    return {name: encode(value) for name, value in columns.items()}


def encode(value: object) -> object:
    """Encode a Python value as a statement's parameter: the same on both databases."""
    return _encoder(cast("Hashable", type(value)))(value)


@lru_cache(maxsize=256)
def _encoder(kind: Any) -> Callable[[Any], object]:
    if issubclass(kind, Enum):
        return attrgetter("value")
    if issubclass(kind, (NoneType, bool, int, float, bytes, str, UuidArray)):
        return _as_it_is
    if issubclass(kind, UUID):
        return _uuid_text
    if issubclass(kind, datetime):
        return to_millis
    return kind.isoformat if issubclass(kind, date) else to_json


def _as_it_is(value: object) -> object:
    return value


_uuid_text = lru_cache(maxsize=8_192)(str)
"""Formatting takes longer than a cache lookup, and the same partners, queues and members recur."""


def attributes_of(value: object) -> dict[str, Any]:
    """Return the attributes of a dataclass by name."""
    names, values = _attributes(cast("Hashable", type(value)))
    return dict(zip(names, values(value), strict=True))


@lru_cache(maxsize=64)
def _attributes(kind: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    names = tuple(field.name for field in fields(kind))
    return names, attrgetter(*names) if len(names) > 1 else lambda value: tuple(getattr(value, name) for name in names)


def to_json(value: object) -> str:
    """Return a structured value as JSON text; instants are milliseconds."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS).decode()


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return attributes_of(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    return encode(value)


def decode(kind: type[Facts], row: Row) -> Facts:
    """Build a dataclass from a row with one column per attribute."""
    copied, read = _readers(cast("Hashable", kind))
    facts = {name: row[name] for name in copied}
    for name, reading in read:
        value = row[name]
        facts[name] = None if value is None else reading(value)
    return kind(**facts)


def decode_json(kind: type[Facts], text: str | bytes) -> Facts:
    """Return the object that `to_json` wrote in any release; raise KeyError if a required attribute is missing.

    An attribute that the document lacks takes its default, and one that this release does not know is ignored, so that servers of two
    releases read each other's events and export links. A new attribute of a stored dataclass therefore needs a default.
    """
    return decode_document(kind, orjson.loads(text))


def decode_document(kind: type[Facts], document: Mapping[str, Any]) -> Facts:
    """Return the object of a parsed document, as tolerantly as `decode_json`."""
    try:
        return decode(kind, document)
    except KeyError:  # an attribute is missing, or the value of an enum is unknown
        defaults = defaults_of(cast("Hashable", kind))
        if document.keys() >= defaults.keys():
            raise
    copied, read = _readers(cast("Hashable", kind))
    facts = {name: document[name] for name in copied if name in document or name not in defaults}
    for name, reading in read:
        if name in document or name not in defaults:
            value = document[name]
            facts[name] = None if value is None else reading(value)
    return kind(**facts)


@lru_cache(maxsize=64)
def _readers(kind: Any) -> tuple[tuple[str, ...], tuple[tuple[str, Reader], ...]]:
    """Return the attributes copied unchanged from their columns, and the decoders of the others."""
    hints = {name: _without_none(hint) for name, hint in get_type_hints(kind).items()}
    names = [field.name for field in fields(kind)]
    copied = tuple(name for name in names if hints[name] in (str, int))
    return copied, tuple((name, _reader_of(hints[name])) for name in names if name not in copied)


def reader(hint: Any) -> Reader:
    """Return the decoder of a column of this type; NULL gives None."""
    read = _reader_of(_without_none(hint))
    return lambda value: None if value is None else read(value)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
    return hint


def _reader_of(hint: Any) -> Reader:
    if get_origin(hint) is tuple:
        read = reader(get_args(hint)[0])
        return lambda value: tuple(read(one) for one in loaded(value))
    if hint is datetime:
        return from_millis
    if hint is date:
        return date.fromisoformat
    if hint is UUID:
        return as_uuid
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {one.value: one for one in hint}.__getitem__
    if is_dataclass(hint):
        facts: Any = hint
        return lambda value: decode_document(facts, value)
    found: Reader = hint
    return found


def loaded(column: Any) -> Any:
    """Parse a JSON column; nested values are parsed already."""
    return orjson.loads(column) if isinstance(column, str | bytes) else column
