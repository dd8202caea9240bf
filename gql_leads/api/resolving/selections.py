"""What a document selects below a field: which facts must be read.

Only what is certain to be left out is left out: `@skip` and `@include` are honoured, and a fragment on another type is passed over.

A selection is looked at once per operation, and what is made of it is remembered with it. **What is found where it does not belong reads
the wrong facts**, so it is found by all that it is made from: the operation itself (and with it its fragments), the field nodes, and the
variables that may decide `@skip` and `@include`.
"""

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast

from graphql import BooleanValueNode, FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionNode, VariableNode

T = TypeVar("T")
Key = tuple[object, ...]

INTERFACES: Final = frozenset({"Node", "UserError"})
MAX_CACHED: Final = 200
"""Selections of one operation: clients choose the variables, and may choose others every time."""


class Selection:
    """The selection sets at one place, seen as one."""

    __slots__ = ("_below", "_fragments", "_given", "_made", "_nodes")

    def __init__(self, fragments: Mapping[str, Any], given: Mapping[str, bool], nodes: Iterable[FieldNode]) -> None:
        self._fragments = fragments
        self._given = given
        self._nodes = tuple(nodes)
        self._below: dict[str, dict[str, Selection]] = {}
        self._made: dict[object, Any] = {}

    @classmethod
    def under(cls, info: Any) -> "Selection":
        """What is selected below the field that is being resolved."""
        raw = info._raw_info
        given = {name: value for name, value in _coerced_variables(raw).items() if value is True or value is False}
        kept = _cache_of(raw)
        key = (*[id(node) for node in raw.field_nodes], *given.items())
        found = kept.get(key)
        if found is None:
            if len(kept) >= MAX_CACHED:
                kept.clear()
            found = kept[key] = cls(raw.fragments, given, raw.field_nodes)
        return found

    def fields(self, kind: str) -> Mapping[str, "Selection"]:
        """What is selected of an object of this type: each field's name, and what is selected below it."""
        below = self._below.get(kind)
        if below is None:
            found: dict[str, list[FieldNode]] = {}
            for node in self._nodes:
                if node.selection_set is not None:
                    for field in self._collect(node.selection_set.selections, kind, set()):
                        found.setdefault(field.name.value, []).append(field)
            below = self._below[kind] = {name: Selection(self._fragments, self._given, nodes) for name, nodes in found.items()}
        return below

    def remember(self, make: Callable[["Selection"], T]) -> T:
        """What the function makes of it: called once."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("T", self._made[make])

    def __or__(self, other: "Selection") -> "Selection":
        if not self._nodes or not other._nodes:
            return self if self._nodes else other
        return Selection(self._fragments, self._given, (*self._nodes, *other._nodes))

    def nothing(self) -> "Selection":
        """An empty selection of the same document."""
        return Selection(self._fragments, self._given, ())

    def _collect(self, selections: Iterable[SelectionNode], kind: str, seen: set[str]) -> Iterator[FieldNode]:
        for node in selections:
            if node.directives and self._is_left_out(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or _matches_type(node.type_condition.name.value, kind):
                    yield from self._collect(node.selection_set.selections, kind, seen)
            elif isinstance(node, FragmentSpreadNode) and (name := node.name.value) not in seen:
                seen.add(name)
                fragment = self._fragments[name]
                definition = getattr(fragment, "definition", fragment)
                if _matches_type(definition.type_condition.name.value, kind):
                    yield from self._collect(definition.selection_set.selections, kind, seen)

    def _is_left_out(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            wanted = {"skip": False, "include": True}.get(directive.name.value)
            if wanted is not None and directive.arguments:
                value = directive.arguments[0].value
                if isinstance(value, VariableNode):
                    given = self._given.get(value.name.value)
                elif isinstance(value, BooleanValueNode):
                    given = value.value
                else:
                    continue
                if given is not wanted:
                    return True
        return False


_cache: Final[dict[int, tuple[Any, dict[Key, Selection]]]] = {}
"""By the id of the operation, and gone together with it: while it lives, no id in a key is taken by another node."""


def _cache_of(info: GraphQLResolveInfo[Any]) -> dict[Key, Selection]:
    """The selections of this operation."""
    identity = id(info.operation)
    kept = _cache.get(identity)
    if kept is None:
        kept = _cache[identity] = (weakref.ref(info.operation, lambda _: _cache.pop(identity, None)), {})
    return kept[1]


def _coerced_variables(info: GraphQLResolveInfo[Any]) -> Mapping[str, Any]:
    """The variables' values: Strawberry's executor hands them out bare, graphql-core's beside where they came from."""
    values: Any = info.variable_values
    coerced: Mapping[str, Any] = getattr(values, "coerced", values)
    return coerced


def _matches_type(condition: str, kind: str) -> bool:
    return condition == kind or condition in INTERFACES
