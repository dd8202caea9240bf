"""What Strawberry makes of arguments, settled once for each: for every request it looks up every field of an input object, and its name.

Lists and objects are new ones for every request, as Strawberry's are: whoever changes theirs changes nobody else's.
"""

from collections.abc import Callable
from dataclasses import MISSING
from typing import Any

from graphql import GraphQLInputObjectType, get_nullable_type, is_leaf_type, is_list_type
from strawberry import UNSET
from strawberry.relay import GlobalID
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryMaybe, StrawberryOptional, get_object_definition
from strawberry.types.lazy_type import LazyType

Convert = Callable[[Any], Any]
Fields = dict[str, tuple[str, Convert]]
"""What an input object has: each field's name there, and in Python, and what makes its value."""

_DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF


def converter_for(of: Any, type_: Any) -> Convert | None:
    """What makes an argument of this type of what graphql-core coerced; None where only Strawberry knows it."""
    try:
        return _converter_for(of, type_, {})
    except _OnlyStrawberryKnows:
        return None


class _OnlyStrawberryKnows(Exception):
    pass


def _converter_for(of: Any, type_: Any, objects: dict[str, Fields]) -> Convert:
    of, type_ = get_nullable_type(of), _bare(type_)
    if isinstance(type_, StrawberryMaybe) or type_ is GlobalID:
        raise _OnlyStrawberryKnows
    if is_leaf_type(of):
        return _as_it_is
    return _list_of(_converter_for(of.of_type, type_.of_type, objects)) if is_list_type(of) else _object_of(of, type_, objects)


def _bare(type_: Any) -> Any:
    while type(type_) in (StrawberryOptional, LazyType):
        type_ = type_.of_type if type(type_) is StrawberryOptional else type_.resolve_type()
    return type_


def _as_it_is(value: Any) -> Any:
    return value


def _list_of(make: Convert) -> Convert:
    return lambda values: values if values is None or values is UNSET else [make(one) for one in values]


def _object_of(of: GraphQLInputObjectType, type_: Any, objects: dict[str, Fields]) -> Convert:
    definition = get_object_definition(type_, strict=True)
    if definition.from_input is not None:
        raise _OnlyStrawberryKnows
    absent = {one.python_name: None for one in definition.fields if one.default_value is MISSING and one.default_factory is MISSING}
    fields = objects.get(of.name)
    if fields is None:
        fields = objects[of.name] = {}  # before those are found that may be of this type again
        for name, field in of.fields.items():
            own = field.extensions[_DEFINITION]
            fields[name] = own.python_name, _converter_for(field.type, own.resolve_type(type_definition=definition), objects)

    def make(given: Any) -> Any:
        if given is None or given is UNSET:
            return given
        values = dict(absent)
        for name, value in given.items():
            python_name, make_value = fields[name]
            values[python_name] = make_value(value)
        return type_(**values)

    return make
