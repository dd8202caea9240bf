"""Resolvers called straight, where Strawberry would do nothing on the way but hand over the arguments.

For every call Strawberry makes several functions and coroutines, so that extensions, permissions and handlers of exceptions could come in
between. Where a field has none of these, its resolver is called with what is made of the arguments that graphql-core coerced (`arguments`);
a call with an argument that only Strawberry knows goes Strawberry's own way.
"""

from collections.abc import Callable
from inspect import Parameter, iscoroutinefunction
from types import FunctionType
from typing import Any, Final, cast

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    is_required_argument,
)
from graphql.execution import MiddlewareManager
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from gql_leads.graphql_server.execution.argument_converters import Convert, converter_for

Resolve = Callable[..., Any]

_DEFINITION: Final = GraphQLCoreConverter.DEFINITION_BACKREF
_CALLS: Final = "straight-calls"
_STRAWBERRYS: Final = f"{GraphQLCoreConverter.from_resolver.__qualname__}."


class DirectCalls(MiddlewareManager):
    """What graphql-core asks, for every field that it executes, how to call its resolver."""

    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        types = [type_ for type_ in schema.type_map.values() if isinstance(type_, GraphQLObjectType)]
        fields = {field.resolve: field for type_ in types for field in type_.fields.values()}
        found = {own: direct_call(field, schema) for own, field in fields.items()}
        self._direct = {own: call for own, call in found.items() if call is not None}
        self._coroutines = {own: call for own, call in self._direct.items() if _is_always_a_coroutine(fields[own])}

    def get_field_resolver(self, field_resolver: Resolve) -> Resolve:
        """The straight way to a resolver, if there is one."""
        return self._direct.get(field_resolver, field_resolver)

    def coroutine(self, field: GraphQLField) -> Resolve | None:
        """The straight way to a resolver that is a coroutine, whatever arguments it is given."""
        return self._coroutines.get(field.resolve)


def direct_calls_of(schema: GraphQLSchema) -> DirectCalls:
    """The straight calls of a schema, found once and kept with it."""
    calls = schema.extensions.get(_CALLS)
    if calls is None:
        calls = schema.extensions[_CALLS] = DirectCalls(schema)
    return cast("DirectCalls", calls)


def direct_call(field: GraphQLField, schema: GraphQLSchema) -> Resolve | None:
    """The straight way to call a field's resolver; None where something may have to be done on the way."""
    definition, detour = field.extensions.get(_DEFINITION), field.resolve
    of = getattr(schema, "_strawberry_schema", None)
    if of is None or of.exception_handlers or detour is None or not isinstance(definition, StrawberryField):
        return None
    resolver = definition.base_resolver
    if resolver is None or not _is_ordinary(definition, resolver, detour) or not all(map(_is_always_given, _needed(field, resolver))):
        return None
    function: Resolve = cast("FunctionType", resolver.wrapped_func)
    takes_self, info = resolver.self_parameter is not None, resolver.info_parameter
    names = {name: argument.python_name for name, argument in _arguments(field)}
    made = {name: make for name, make in _makers(field).items() if make is not None}
    make_info = of.config.info_class

    def call(source: Any, raw_info: Any, /, **given: Any) -> Any:
        if not given.keys() <= made.keys():
            return detour(source, raw_info, **given)
        arguments = {names[name]: made[name](value) for name, value in given.items()}
        if info is not None:
            arguments[info.name] = make_info(_raw_info=raw_info, _field=definition)
        return function(source, **arguments) if takes_self else function(**arguments)

    return call


def _is_ordinary(definition: StrawberryField, resolver: StrawberryResolver[Any], detour: Resolve) -> bool:
    """Whether nothing comes between Strawberry's call of a resolver and the resolver, a function of its own."""
    return (
        type(definition).get_result is StrawberryField.get_result
        and not definition.extensions
        and type(resolver) is StrawberryResolver
        and isinstance(resolver.wrapped_func, FunctionType)
        and resolver.parent_parameter is None
        and resolver.root_parameter is None
        and detour.__qualname__.startswith(_STRAWBERRYS)  # a subscription's event is no resolver's
        and not hasattr(detour, "__wrapped__")  # a decorator of somebody's says that it is Strawberry's
    )


def _is_always_a_coroutine(field: GraphQLField) -> bool:
    """Whether a straight call of a field's resolver answers a coroutine, and never goes Strawberry's own way."""
    function = field.extensions[_DEFINITION].base_resolver.wrapped_func
    return iscoroutinefunction(function) and None not in _makers(field).values()


def _arguments(field: GraphQLField) -> list[tuple[str, StrawberryArgument]]:
    return [(name, argument.extensions[_DEFINITION]) for name, argument in field.args.items()]


def _needed(field: GraphQLField, resolver: StrawberryResolver[Any]) -> list[GraphQLArgument]:
    """The arguments without which the function cannot be called."""
    parameters = resolver.signature.parameters
    return [field.args[name] for name, argument in _arguments(field) if parameters[argument.python_name].default is Parameter.empty]


def _is_always_given(argument: GraphQLArgument) -> bool:
    return is_required_argument(argument) or argument.default is not None or argument.default_value is not Undefined


def _makers(field: GraphQLField) -> dict[str, Convert | None]:
    return {name: converter_for(field.args[name].type, argument.type) for name, argument in _arguments(field)}
