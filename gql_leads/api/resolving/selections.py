"""The fields that a document selects below a field, read by resolvers to decide which columns to load.

`@skip`, `@include` and type conditions of fragments are honoured; in doubt, a field counts as selected.

Selections are cached per operation together with values computed from them. The cache key holds everything that they depend on:
the operation (and with it its fragments), the field nodes, and the boolean variables, which `@skip` and `@include` may use.
"""

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast

from graphql import BooleanValueNode, FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionNode, VariableNode

T = TypeVar("T")
Key = tuple[object, ...]

INTERFACES: Final = frozenset({"Node", "UserError"})
MAX_CACHED: Final = 200
"""Cached selections per operation. Clients choose the variables, so the number of different keys is not bounded."""


class Selection:
    """The merged selection sets of one or more field nodes."""

    __slots__ = ("_below", "_fragments", "_memoized", "_nodes", "_variables")

    def __init__(self, fragments: Mapping[str, Any], variables: Mapping[str, bool], nodes: Iterable[FieldNode]) -> None:
        self._fragments = fragments
        self._variables = variables
        self._nodes = tuple(nodes)
        self._below: dict[str, dict[str, Selection]] = {}
        self._memoized: dict[object, Any] = {}

    @classmethod
    def under(cls, info: Any) -> "Selection":
        """Return the selection below the field that is being resolved."""
        raw = info._raw_info
        variables = {name: value for name, value in _coerced_variables(raw).items() if value is True or value is False}
        cached = _cache_of(raw)
        key = (*[id(node) for node in raw.field_nodes], *variables.items())
        found = cached.get(key)
        if found is None:
            if len(cached) >= MAX_CACHED:
                cached.clear()
            found = cached[key] = cls(raw.fragments, variables, raw.field_nodes)
        return found

    def fields(self, kind: str) -> Mapping[str, "Selection"]:
        """Return the selected fields of an object of this type, each with the selection below it."""
        below = self._below.get(kind)
        if below is None:
            found: dict[str, list[FieldNode]] = {}
            for node in self._nodes:
                if node.selection_set is not None:
                    for field in self._collect(node.selection_set.selections, kind, set()):
                        found.setdefault(field.name.value, []).append(field)
            below = self._below[kind] = {name: Selection(self._fragments, self._variables, nodes) for name, nodes in found.items()}
        return below

    def memoized(self, function: Callable[["Selection"], T]) -> T:
        """Return `function(self)`; the function is called once and its result is kept."""
        if function not in self._memoized:
            self._memoized[function] = function(self)
        return cast("T", self._memoized[function])

    def __or__(self, other: "Selection") -> "Selection":
        if not self._nodes or not other._nodes:
            return self if self._nodes else other
        return Selection(self._fragments, self._variables, (*self._nodes, *other._nodes))

    def nothing(self) -> "Selection":
        """Return an empty selection of the same document."""
        return Selection(self._fragments, self._variables, ())

    def _collect(self, selections: Iterable[SelectionNode], kind: str, visited: set[str]) -> Iterator[FieldNode]:
        for node in selections:
            if node.directives and self._is_left_out(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or _matches_type(node.type_condition.name.value, kind):
                    yield from self._collect(node.selection_set.selections, kind, visited)
            elif isinstance(node, FragmentSpreadNode) and (name := node.name.value) not in visited:
                visited.add(name)
                fragment = self._fragments[name]
                definition = getattr(fragment, "definition", fragment)
                if _matches_type(definition.type_condition.name.value, kind):
                    yield from self._collect(definition.selection_set.selections, kind, visited)

    def _is_left_out(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            required = {"skip": False, "include": True}.get(directive.name.value)
            if required is not None and directive.arguments:
                value = directive.arguments[0].value
                if isinstance(value, VariableNode):
                    actual = self._variables.get(value.name.value)
                elif isinstance(value, BooleanValueNode):
                    actual = value.value
                else:
                    continue
                if actual is not required:
                    return True
        return False


_cache: Final[dict[int, tuple[Any, dict[Key, Selection]]]] = {}
"""Keyed by the id of the operation and removed with it, so that an id cannot belong to a node of another document."""


def _cache_of(info: GraphQLResolveInfo[Any]) -> dict[Key, Selection]:
    """Return the cached selections of this operation."""
    identity = id(info.operation)
    cached = _cache.get(identity)
    if cached is None:
        cached = _cache[identity] = (weakref.ref(info.operation, lambda _: _cache.pop(identity, None)), {})
    return cached[1]


def _coerced_variables(info: GraphQLResolveInfo[Any]) -> Mapping[str, Any]:
    """Return the variables' values, which graphql-core wraps in an object with `coerced`."""
    values: Any = info.variable_values
    coerced: Mapping[str, Any] = getattr(values, "coerced", values)
    return coerced


def _matches_type(condition: str, kind: str) -> bool:
    return condition == kind or condition in INTERFACES
