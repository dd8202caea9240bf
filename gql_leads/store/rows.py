"""Between facts and columns: how every type of the domain is written down, and read back, on both databases."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Protocol, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson

Facts = TypeVar("Facts")
Reader = Callable[[Any], Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Row(Protocol):
    """A row of either driver."""

    def __getitem__(self, name: str, /) -> Any: ...


def to_millis(instant: datetime) -> int:
    """Whole milliseconds since 1970 in UTC."""
    since = instant - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def from_millis(millis: int) -> datetime:
    """The instant that `to_millis` wrote."""
    return EPOCH + timedelta(milliseconds=millis)


PLAIN = frozenset({NoneType, bool, int, float, bytes, str})
"""What is a parameter as it is."""


def encode_all(values: Iterable[object]) -> list[object]:
    """Facts as a statement's parameters."""
    return [value if type(value) in PLAIN else encode(value) for value in values]


def encode(value: object) -> object:
    """A fact as a statement's parameter: the same on both databases."""
    return _encoder(cast("Hashable", type(value)))(value)


@lru_cache(maxsize=256)
def _encoder(kind: Any) -> Callable[[Any], object]:
    if issubclass(kind, Enum):
        return attrgetter("value")
    if issubclass(kind, (NoneType, bool, int, float, bytes, str)):
        return _as_it_is
    if issubclass(kind, UUID):
        return str
    if issubclass(kind, datetime):
        return to_millis
    return kind.isoformat if issubclass(kind, date) else to_json


def _as_it_is(value: object) -> object:
    return value


def to_json(value: object) -> str:
    """A structured fact as JSON text, its instants in milliseconds."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS).decode()


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, frozenset | set):
        return sorted(value)
    return encode(value)


def decode(kind: type[Facts], row: Row) -> Facts:
    """The facts of a row that has a column for each attribute."""
    return kind(**{name: read(row[name]) for name, read in _readers(cast(Hashable, kind))})


def decode_json(kind: type[Facts], text: str | bytes) -> Facts:
    """The facts that `to_json` wrote."""
    return decode(kind, orjson.loads(text))


@lru_cache(maxsize=64)
def _readers(kind: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, reader(hints[field.name])) for field in fields(kind))


def reader(hint: Any) -> Reader:
    """How a column of this type is read; NULL is None whatever the type."""
    if get_origin(hint) in (Union, UnionType):
        inside = [one for one in get_args(hint) if one is not NoneType]
        return reader(inside[0])
    read = _reader_of(hint)
    return lambda value: None if value is None else read(value)


def _reader_of(hint: Any) -> Reader:
    if get_origin(hint) is tuple:
        read = reader(get_args(hint)[0])
        return lambda value: tuple(read(one) for one in loaded(value))
    if hint is datetime:
        return from_millis
    if hint is date:
        return date.fromisoformat
    if hint is UUID:
        return lambda value: value if isinstance(value, UUID) else UUID(value)
    if is_dataclass(hint):
        facts: Any = hint
        return lambda value: decode(facts, value)
    found: Reader = hint
    return found


def loaded(column: Any) -> Any:
    """What a column of JSON says; what stood inside another one is read already."""
    return orjson.loads(column) if isinstance(column, str | bytes) else column
