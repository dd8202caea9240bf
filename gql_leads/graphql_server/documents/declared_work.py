"""The work that the metadata of a schema declares for fields and for the values of arguments and input fields."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from graphql import (
    FloatValueNode,
    GraphQLInputObjectType,
    GraphQLNamedType,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from gql_leads.graphql_server.documents.cost import NO_WORK, Work
from gql_leads.graphql_server.graphql_core_internals import definition_of

WORK: Final = "work"
"""The metadata key. The value maps fields of `Work` to numbers, or is a function that returns such a mapping for the given value."""
MAX_DEPTH: Final = 64
"""Nesting of a value up to which it is measured; no resolver accepts more."""


class VariableName(str):
    """The name of a variable in a literal value."""

    __slots__ = ()


class GivenVariable(NamedTuple):
    """A variable in the place of an argument, an input field or (definition None) an item of a list."""

    name: str
    definition: Any
    type: GraphQLNamedType

    def work(self, values: Mapping[str, Any]) -> Work:
        """Return the work of the variable's value."""
        return work_of_value(self.definition, self.type, values.get(self.name))


def declared_work(definition: Any, value: Any = None) -> Work:
    """Return the work in the metadata of a field, or of an argument or input field with this value."""
    metadata = getattr(definition_of(definition), "metadata", None) or {}
    work = metadata.get(WORK)
    if work is None:
        return NO_WORK
    return Work(**(work(value) if callable(work) else work))


def work_of_value(
    definition: Any, type_: GraphQLNamedType, value: Any, found: Callable[[GivenVariable], None] = lambda _: None, depth: int = 0
) -> Work:
    """Return the work of an uncoerced value and all values in it, and report its variables."""
    if value is None or depth > MAX_DEPTH:
        return NO_WORK
    if isinstance(value, VariableName):
        found(GivenVariable(str(value), definition, type_))
        return NO_WORK
    work = NO_WORK if definition is None else declared_work(definition, value)
    if isinstance(value, list):
        for item in value:
            work = work.plus(work_of_value(None, type_, item, found, depth + 1))
    elif isinstance(value, dict) and isinstance(type_, GraphQLInputObjectType):
        for name, inner in value.items():
            field = type_.fields.get(name)
            if field is not None:
                work = work.plus(work_of_value(field, get_named_type(field.type), inner, found, depth + 1))
    return work


def plain_value(node: ValueNode | None, depth: int = 0) -> Any:
    """Return a literal as JSON would give it, with variables by name and every number as 0."""
    if node is None or isinstance(node, NullValueNode) or depth > MAX_DEPTH:
        return None
    if isinstance(node, VariableNode):
        return VariableName(node.name.value)
    if isinstance(node, ListValueNode):
        return [plain_value(item, depth + 1) for item in node.values]
    if isinstance(node, ObjectValueNode):
        return {field.name.value: plain_value(field.value, depth + 1) for field in node.fields}
    return 0 if isinstance(node, IntValueNode | FloatValueNode) else getattr(node, "value", None)
