"""What a document selects below a field: which facts must be read.

Only what is certain to be left out is left out: `@skip` and `@include` are honoured, and a fragment on another type is passed over.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from graphql import BooleanValueNode, FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionNode, VariableNode

INTERFACES: Final = frozenset({"Node", "UserError"})


class Selection:
    """The selection sets at one place, seen as one."""

    __slots__ = ("_info", "_nodes")

    def __init__(self, info: GraphQLResolveInfo[Any], nodes: Iterable[FieldNode]) -> None:
        self._info = info
        self._nodes = tuple(nodes)

    @classmethod
    def under(cls, info: Any) -> "Selection":
        """What is selected below the field that is being resolved."""
        raw = info._raw_info
        return cls(raw, raw.field_nodes)

    @property
    def place(self) -> tuple[int, ...]:
        """What tells this place of the document from any other."""
        return tuple(id(node) for node in self._nodes)

    def fields(self, kind: str) -> dict[str, "Selection"]:
        """What is selected of an object of this type: each field's name, and what is selected below it."""
        found: dict[str, list[FieldNode]] = {}
        for node in self._nodes:
            if node.selection_set is not None:
                for field in self._collect(node.selection_set.selections, kind, set()):
                    found.setdefault(field.name.value, []).append(field)
        return {name: Selection(self._info, nodes) for name, nodes in found.items()}

    def __or__(self, other: "Selection") -> "Selection":
        return Selection(self._info, (*self._nodes, *other._nodes))

    def nothing(self) -> "Selection":
        """An empty selection of the same document."""
        return Selection(self._info, ())

    def _collect(self, selections: Iterable[SelectionNode], kind: str, seen: set[str]) -> Iterator[FieldNode]:
        for node in selections:
            if node.directives and self._is_left_out(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or _fits(node.type_condition.name.value, kind):
                    yield from self._collect(node.selection_set.selections, kind, seen)
            elif isinstance(node, FragmentSpreadNode) and (name := node.name.value) not in seen:
                seen.add(name)
                fragment = self._info.fragments[name]
                definition = getattr(fragment, "definition", fragment)
                if _fits(definition.type_condition.name.value, kind):
                    yield from self._collect(definition.selection_set.selections, kind, seen)

    def _is_left_out(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            wanted = {"skip": False, "include": True}.get(directive.name.value)
            if wanted is not None and directive.arguments:
                value = directive.arguments[0].value
                if isinstance(value, VariableNode):
                    given = _coerced(self._info).get(value.name.value)
                elif isinstance(value, BooleanValueNode):
                    given = value.value
                else:
                    continue
                if given is not wanted:
                    return True
        return False


def _coerced(info: GraphQLResolveInfo[Any]) -> Mapping[str, Any]:
    """The variables' values: Strawberry's executor hands them out bare, graphql-core's beside where they came from."""
    values: Any = info.variable_values
    coerced: Mapping[str, Any] = getattr(values, "coerced", values)
    return coerced


def _fits(condition: str, kind: str) -> bool:
    return condition == kind or condition in INTERFACES
