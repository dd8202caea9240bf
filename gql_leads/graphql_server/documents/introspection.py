"""The number of fields in the response to an introspection query, counted up to a limit.

The lists of a schema contain one another (types have fields, fields have types) and have no pages: a query of a few hundred characters can
return millions of fields. The fields are therefore counted on the schema before execution.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
)

Elements = Sequence[Any]
Children = Callable[[GraphQLSchema, Any], Iterable[Any]]


def _types(schema: GraphQLSchema, _: Any) -> Iterable[Any]:
    return schema.type_map.values()


def _fields(_: GraphQLSchema, type_: Any) -> Iterable[Any]:
    return type_.fields.values() if is_object_type(type_) or is_interface_type(type_) else ()


def _interfaces(_: GraphQLSchema, type_: Any) -> Iterable[Any]:
    return type_.interfaces if is_object_type(type_) or is_interface_type(type_) else ()


def _only(attribute: str) -> Children:
    return lambda _, element: () if (found := getattr(element, attribute, None)) is None else (found,)


CHILDREN: Final[Mapping[str, Children]] = {
    "__schema": lambda schema, _: (schema,),
    "__type": _types,  # for a name in a variable, whose value is unknown here
    "types": _types,
    "queryType": _only("query_type"),
    "mutationType": _only("mutation_type"),
    "subscriptionType": _only("subscription_type"),
    "directives": lambda schema, element: schema.directives if element is schema else (),
    "fields": _fields,
    "args": lambda _, element: getattr(element, "args", {}).values(),
    "inputFields": lambda _, type_: type_.fields.values() if is_input_object_type(type_) else (),
    "enumValues": lambda _, type_: type_.values.values() if is_enum_type(type_) else (),
    "interfaces": _interfaces,
    "possibleTypes": lambda schema, type_: schema.get_possible_types(type_) if is_abstract_type(type_) else (),
    "type": _only("type"),
    "ofType": _only("of_type"),
}
"""The elements that each introspection field returns for an element of the schema."""


def exceeds_field_limit(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, allowed: int) -> bool:
    """Return True if the response to a valid operation would have more introspection fields than allowed."""
    try:
        _Counting(schema, document, allowed).selections(operation.selection_set, (None,), set())
    except _LimitExceeded:
        return True
    return False


def _named_type(node: FieldNode) -> str | None:
    """Return the literal name of the type that a `__type` field asks for; None for a variable, or another field."""
    if node.name.value != "__type":
        return None
    return next((one.value.value for one in node.arguments or () if isinstance(one.value, StringValueNode)), None)


class _LimitExceeded(Exception):
    """The count exceeds the limit."""


class _Counting:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, allowed: int) -> None:
        self._schema = schema
        self._fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self._left = allowed

    def selections(self, selections: SelectionSetNode, elements: Elements, spread: set[str]) -> None:
        """Count the selected fields of all elements; each fragment is expanded once."""
        for selection in selections.selections:
            self._left -= len(elements)
            if self._left < 0:
                raise _LimitExceeded
            if isinstance(selection, FieldNode):
                self._field(selection, elements)
            elif isinstance(selection, InlineFragmentNode):
                self.selections(selection.selection_set, elements, spread)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
                spread.add(selection.name.value)
                self.selections(self._fragments[selection.name.value].selection_set, elements, spread)

    def _field(self, node: FieldNode, elements: Elements) -> None:
        children = CHILDREN.get(node.name.value)
        if children is None or node.selection_set is None:
            return
        named = _named_type(node)
        if named is None:
            found = [one for element in elements for one in children(self._schema, element)]
        else:
            found = [self._schema.type_map[named]] if named in self._schema.type_map else []
        if found:
            self.selections(node.selection_set, found, set())
