"""Generate the source of compiled selections: functions from an object to its response.

The source holds GraphQL names, attribute names of the schema's types and numbers, and no value that a client sends.
"""

from collections.abc import Callable
from itertools import count
from typing import Any, Final, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLString,
    Undefined,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from gql_leads.graphql_server.graphql_core_internals import (
    TYPE_CAST_ATTRIBUTE,
    CustomGraphQLEnumType,
    Executor,
    FieldDetailsList,
    GroupedFieldSet,
    StrawberryField,
    StrawberryObjectDefinition,
    collect_subfields,
    definition_of,
    is_default_resolver,
    optimized_is_awaitable,
)

Read = Callable[[Any], dict[str, Any]]

_PLAIN: Final = frozenset({str, int, float, bool, list, dict, tuple})
"""Types whose values are never null, an exception or awaitable."""
_TEXT: Final = "type({0}) is not str"
_IDENTITY_UNLESS: Final[dict[Any, str]] = {
    GraphQLString.coerce_output_value: _TEXT,
    GraphQLID.coerce_output_value: _TEXT,
    str: _TEXT,
    GraphQLBoolean.coerce_output_value: "type({0}) is not bool",
    GraphQLInt.coerce_output_value: "type({0}) is not int or not -2147483648 <= {0} <= 2147483647",
}
"""By leaf serializer: the condition under which a value may not be returned unchanged."""


class FallBack(Exception):
    """A value is not what the generated function expects."""


class NotCompilable(Exception):
    """A field does not only read an attribute."""


class TooLarge(Exception):
    """A selection has more fields than the budget allows."""


class CompiledSelection(NamedTuple):
    """A generated function, and the fields for which it leaves None in the response and which graphql-core executes."""

    read: Read
    rest: GroupedFieldSet


class SelectionCompiler:
    """The compiler of one selection on one type."""

    def __init__(self, executor: Executor[Any], field_budget: int) -> None:
        self._executor = executor
        self._field_budget = field_budget
        self._lines: list[str] = []
        self._numbers = count()
        self._names: dict[str, Any] = {"FallBack": FallBack}
        self.fields = 0

    def compile(self, type_: GraphQLObjectType, details: FieldDetailsList) -> CompiledSelection | None:
        """Generate the function; return None if no field can be compiled."""
        rest: GroupedFieldSet = {}
        attributes = self._object(type_, "source", 1)
        parts = []
        for name, nodes in self._collected(type_, details).items():
            mark = len(self._lines)
            try:
                parts.append(f"{name!r}: {self._field(type_, nodes, attributes, 1)}")
            except NotCompilable:
                del self._lines[mark:]
                parts.append(f"{name!r}: None")
                rest[name] = nodes
        if len(rest) == len(parts):
            return None
        source = "\n".join(["def read(source):", *self._lines, f" return {{{', '.join(parts)}}}"])
        exec(compile(source, "<compiled selection>", "exec"), self._names)
        return CompiledSelection(self._names.pop("read"), rest)

    def _collected(self, type_: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        of = self._executor
        found = collect_subfields(of.schema, of.fragments, of.variable_values, of.operation, type_, details, of.hide_suggestions)
        self.fields += sum(map(len, found.grouped_field_set.values()))  # counted each time it is generated
        if self.fields > self._field_budget:
            raise TooLarge
        return found.grouped_field_set

    def _field(self, type_: GraphQLObjectType, details: FieldDetailsList, attributes: str, depth: int) -> str:
        """Generate the reading of a field; return the expression of its value in the response."""
        node = details[0].node
        field = self._executor.schema.get_field(type_, node.name.value)
        if field is None:
            raise GraphQLError("The field does not exist; graphql-core omits it.")
        if node.name.value == "__typename":
            return repr(type_.name)
        if node.arguments:
            raise NotCompilable
        attribute = _attribute(field)
        if not all(_lies_in_dict(cls, attribute) for cls in _classes(type_)):
            raise NotCompilable
        value = self._name("v")
        self._line(depth, f"{value} = {attributes}[{attribute!r}]")
        self._value(field.type, details, value, depth)
        return value

    def _value(self, type_: Any, details: FieldDetailsList, value: str, depth: int) -> None:
        """Generate the completion of a value in its variable."""
        if is_non_null_type(type_):
            self._required(type_.of_type, details, value, depth)
        else:
            self._line(depth, f"if {value} is not None:")
            self._required(type_, details, value, depth + 1)

    def _required(self, type_: Any, details: FieldDetailsList, value: str, depth: int) -> None:
        if is_leaf_type(type_):
            self._leaf(type_, value, depth)
        elif is_list_type(type_):
            self._list(type_.of_type, details, value, depth)
        elif is_object_type(type_):
            attributes = self._object(type_, value, depth)
            fields = self._collected(type_, details).items()
            parts = [f"{name!r}: {self._field(type_, nodes, attributes, depth)}" for name, nodes in fields]
            self._line(depth, f"{value} = {{{', '.join(parts)}}}")
        else:
            raise NotCompilable

    def _object(self, type_: GraphQLObjectType, value: str, depth: int) -> str:
        """Generate the check of an object's type; return the variable that holds its attributes."""
        attributes = self._name("d")
        self._line(depth, f"if type({value}) not in {self._constant(frozenset(_classes(type_)))}: raise FallBack")
        self._line(depth, f"{attributes} = {value}.__dict__")
        if type_.is_type_of is not None:
            self._line(depth, f"if {TYPE_CAST_ATTRIBUTE!r} in {attributes}: raise FallBack")
        return attributes

    def _list(self, type_: Any, details: FieldDetailsList, value: str, depth: int) -> None:
        items, item = self._name("l"), self._name("v")
        self._line(depth, f"if type({value}) is not list and type({value}) is not tuple: raise FallBack")
        self._line(depth, f"{items} = []")
        self._line(depth, f"for {item} in {value}:")
        self._value(type_, details, item, depth + 1)
        self._line(depth + 1, f"{items}.append({item})")
        self._line(depth, f"{value} = {items}")

    def _leaf(self, type_: Any, value: str, depth: int) -> None:
        serialize = type_.coerce_output_value
        leaf = self._constant(lambda given: _checked(serialize(_checked(given))))
        names = _names_of(type_) if type(type_) is CustomGraphQLEnumType else None
        if names is not None:
            kinds = self._constant(frozenset({type_.wrapped_cls, str}))
            self._line(depth, f"{value} = {self._constant(names)}[{value}] if type({value}) in {kinds} else {leaf}({value})")
        elif (uncertain := _IDENTITY_UNLESS.get(serialize)) is not None:
            self._line(depth, f"if {uncertain.format(value)}: {value} = {leaf}({value})")
        else:
            plain = self._constant(_PLAIN)
            self._line(depth, f"{value} = {self._constant(serialize)}({value}) if type({value}) in {plain} else {leaf}({value})")
            self._line(depth, f"if type({value}) not in {plain}: {self._constant(_checked)}({value})")

    def _line(self, depth: int, text: str) -> None:
        self._lines.append(" " * depth + text)

    def _name(self, letter: str) -> str:
        return f"{letter}{next(self._numbers)}"

    def _constant(self, value: Any) -> str:
        name = self._name("k")
        self._names[name] = value
        return name


def _attribute(field: GraphQLField) -> str:
    """Return the attribute that a field reads; raise `NotCompilable` if it does anything else."""
    definition = definition_of(field)
    plain = (
        isinstance(definition, StrawberryField)
        and type(definition).get_result is StrawberryField.get_result
        and definition.is_basic_field
        and definition.default_resolver is getattr
        and not field.args
        and is_default_resolver(field.resolve)
    )
    if not plain:
        raise NotCompilable
    return str(definition.python_name)


def _classes(type_: GraphQLObjectType) -> tuple[type, ...]:
    """Return the classes whose instances are objects of this type."""
    definition = definition_of(type_)
    if not isinstance(definition, StrawberryObjectDefinition) or definition.is_type_of is not None:
        raise NotCompilable
    generic = definition.concrete_of
    classes = (definition.origin,) if generic is None else (definition.origin, generic.origin)
    if not all(map(_is_ordinary, classes)):
        raise NotCompilable
    return classes


def _is_ordinary(cls: type) -> bool:
    """Return True if instances keep attributes in `__dict__` and graphql-core does not treat them specially."""
    return (
        cls.__getattribute__ is object.__getattribute__  # type: ignore[comparison-overlap]
        and cls.__dictoffset__ != 0
        and not issubclass(cls, BaseException)
        and not hasattr(cls, "__await__")
        and not hasattr(cls, TYPE_CAST_ATTRIBUTE)
    )


def _lies_in_dict(cls: type, attribute: str) -> bool:
    """Return True if `getattr` reads `__dict__`: a property or another data descriptor would take precedence."""
    found = next((vars(base)[attribute] for base in cls.__mro__ if attribute in vars(base)), None)
    return not hasattr(type(found), "__set__") and not hasattr(type(found), "__delete__")


def _checked(value: Any) -> Any:
    """Return the value; raise `FallBack` if graphql-core would treat it specially."""
    if type(value) not in _PLAIN and _is_special(value):
        raise FallBack
    return value


def _is_special(value: Any) -> bool:
    return value is None or value is Undefined or isinstance(value, Exception) or optimized_is_awaitable(value)


def _names_of(type_: CustomGraphQLEnumType) -> dict[Any, str] | None:
    """Return the name of each enum member and of each text value; None if equal values have different names."""
    members = type_.wrapped_cls
    texts = [value.value for value in type_.values.values() if type(value.value) is str]
    names: dict[Any, str] = {}
    try:
        for value in [*members, *texts]:
            name = type_.coerce_output_value(value)
            if names.setdefault(value, name) != name:
                return None
    except (TypeError, ValueError, GraphQLError):  # no hash, or no name
        return None
    return names
