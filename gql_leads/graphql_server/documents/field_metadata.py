"""The metadata keys of the fields, arguments and input fields that an operation uses.

The application defines the keys and their meaning, except for two. A field with `PAGE` costs as much as a connection. An argument with
`POSITION` decides where a stream begins, not what its messages contain, so subscribers with different positions can share a stream.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    type_from_ast,
    value_from_ast_untyped,
)

from gql_leads.graphql_server.graphql_core_internals import definition_of

POSITION: Final = "position"
PAGE: Final = "page"
"""On a field that returns as many objects as its `first` or `ids` say."""


@dataclass(slots=True)
class MetadataUsage:
    """The metadata keys that one operation always uses, and its variables, whose values can use more."""

    metadata_keys: set[str] = field(default_factory=set)
    variables: dict[str, tuple[GraphQLNamedType, Any]] = field(default_factory=dict)
    """The type of each variable and its default as a Python value."""
    positions: set[str] = field(default_factory=set)
    """Variables used as a position."""
    elsewhere: set[str] = field(default_factory=set)
    """Variables used otherwise."""

    def with_values(self, values: Mapping[str, Any]) -> frozenset[str]:
        """Return all metadata keys that the operation uses with these variables."""
        found = set(self.metadata_keys)
        for name, (type_, default) in self.variables.items():
            found.update(_of_value(type_, values.get(name, default)))
        return frozenset(found)

    def deciding_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the variables that decide the content of messages: those of the operation, without mere positions."""
        passing = self.positions - self.elsewhere
        return {name: values[name] for name in self.variables if name in values and name not in passing}


def metadata_usage_of(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> MetadataUsage:
    """Return the metadata usage of a valid operation; fields excluded by `@skip` and `@include` count, too."""
    return _Walk(schema, document).of(operation)


class _Walk:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self._spread: set[str] = set()
        self._found = MetadataUsage()

    def of(self, operation: OperationDefinitionNode) -> MetadataUsage:
        for variable in operation.variable_definitions or ():
            type_ = get_named_type(type_from_ast(self._schema, variable.type))
            if type_ is not None:
                default = value_from_ast_untyped(variable.default_value) if variable.default_value else None
                self._found.variables[variable.variable.name.value] = (type_, default)
        root = self._schema.get_root_type(operation.operation)
        if root is not None:
            self._selections(operation.selection_set, root)
        return self._found

    def _selections(self, selections: SelectionSetNode, parent: GraphQLNamedType) -> None:
        for node in selections.selections:
            for directive in node.directives or ():
                self._found.elsewhere.update(_variables(argument.value for argument in directive.arguments or ()))
            if isinstance(node, FieldNode):
                self._field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                self._inside(node.selection_set, node.type_condition.name.value if node.type_condition else parent.name)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in self._spread:
                self._spread.add(node.name.value)
                fragment = self._fragments[node.name.value]
                self._inside(fragment.selection_set, fragment.type_condition.name.value)

    def _inside(self, selections: SelectionSetNode, name: str) -> None:
        self._selections(selections, self._schema.type_map[name])

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> None:
        kinds = [parent, *(self._schema.get_possible_types(parent) if is_abstract_type(parent) else ())]
        for kind in kinds:
            definition = self._schema.get_field(kind, node.name.value) if is_composite_type(kind) else None
            if definition is None:
                continue
            self._found.metadata_keys.update(metadata_keys_of(definition))
            for argument in node.arguments or ():
                self._argument(argument.value, definition.args[argument.name.value])
            if node.selection_set is not None and kind is parent:
                self._selections(node.selection_set, get_named_type(definition.type))

    def _argument(self, value: ValueNode, definition: GraphQLArgument) -> None:
        metadata_keys = metadata_keys_of(definition)
        if POSITION in metadata_keys and isinstance(value, VariableNode):
            self._found.positions.add(value.name.value)
            metadata_keys -= {POSITION}
        else:
            self._found.elsewhere.update(_variables([value]))
        self._found.metadata_keys.update(metadata_keys)
        self._found.metadata_keys.update(_of_value(get_named_type(definition.type), value_from_ast_untyped(value, {})))


def metadata_keys_of(definition: Any) -> set[str]:
    """Return the metadata keys of a field, an argument or an input field."""
    metadata = getattr(definition_of(definition), "metadata", None) or {}
    return {str(mark) for mark, is_set in metadata.items() if is_set}


def _of_value(type_: GraphQLInputType | GraphQLNamedType, value: Any) -> Iterator[str]:
    """Yield the metadata keys of the input fields in a value."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _of_value(type_, item)
    elif isinstance(value, dict) and isinstance(type_, GraphQLInputObjectType):
        for name, inner in value.items():
            definition = type_.fields.get(name)
            if definition is not None:
                yield from metadata_keys_of(definition)
                yield from _of_value(get_named_type(definition.type), inner)


def _variables(values: Iterable[ValueNode]) -> Iterator[str]:
    for value in values:
        if isinstance(value, VariableNode):
            yield value.name.value
        elif isinstance(value, ListValueNode):
            yield from _variables(value.values)
        elif isinstance(value, ObjectValueNode):
            yield from _variables(given.value for given in value.fields)
