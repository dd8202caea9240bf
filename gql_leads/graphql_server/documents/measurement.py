"""Measure the operations of a document in one walk that visits every fragment once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)

from gql_leads.graphql_server.documents.cost import NO_WORK, Cost, CostTerm, Sizes, Work, cost_of, size_of
from gql_leads.graphql_server.documents.declared_work import GivenVariable, declared_work, plain_value, work_of_value
from gql_leads.graphql_server.documents.field_metadata import PAGE, metadata_keys_of
from gql_leads.graphql_server.documents.limits import Limits
from gql_leads.graphql_server.graphql_core_internals import coerce_default_value

INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})
SIZE_ARGUMENTS = frozenset({"first", "last", "ids"})
"""Arguments that decide the number of nodes."""
MAX_WALK_DEPTH = 100
"""Nested selections that are visited, so that the walk never exhausts Python's stack."""
MAX_CACHED_COSTS = 64
"""Cached costs of one operation; clients choose the values and can send new ones with each request."""


class TooDeep(Exception):
    """A document with deeper nesting than any limit allows."""


class Measure(NamedTuple):
    """The measures of a selection set."""

    depth: int = 0
    introspection_depth: int = 0
    fields: int = 0
    cost: CostTerm | None = None


@dataclass(slots=True)
class Counts:
    """The counts in one definition, without those in the fragments it spreads."""

    aliases: int = 0
    directives: int = 0
    spreads: set[str] = field(default_factory=set)


@dataclass(slots=True)
class MeasuredOperation:
    """An operation of a document with its measures."""

    node: OperationDefinitionNode
    root_fields: list[str]
    measure: Measure
    aliases: int
    directives: int
    _size_variables: tuple[str, ...]
    _defaults: Mapping[str, Any]
    _worked_variables: tuple[GivenVariable, ...]
    _default_values: Mapping[str, Any]
    _costs: dict[tuple[int | Work | None, ...], Cost] = field(default_factory=dict)
    executor_template: Any = None
    """The executor of an earlier request, from which the next one is copied."""

    @property
    def name(self) -> str | None:
        """The operation's name."""
        return self.node.name.value if self.node.name else None

    @property
    def type(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.node.operation

    @property
    def introspections(self) -> int:
        """The number of introspection root fields."""
        return sum(name in INTROSPECTION_FIELDS for name in self.root_fields)

    @property
    def is_introspection(self) -> bool:
        """True if it only queries the schema, which is computation without I/O."""
        return self.introspections > 0 and INTROSPECTION_FIELDS.union({"__typename"}).issuperset(self.root_fields)

    def cost(self, variables: Mapping[str, Any], scale: float = 1.0) -> int:
        """Return the cost with these variables; `scale` is the share of the full scale that the caller sees."""
        sizes = [size_of(variables.get(name, self._defaults.get(name))) for name in self._size_variables]
        given = {**self._default_values, **variables} if self._default_values else variables
        works = [variable.work(given) for variable in self._worked_variables]
        key = (*sizes, *works)
        cost = self._costs.get(key)
        if cost is None:
            if len(self._costs) >= MAX_CACHED_COSTS:
                self._costs.clear()
            cost = self._costs[key] = cost_of(self.measure.cost, dict(zip(self._size_variables, sizes, strict=True)), works)
        return cost.nodes + ceil(cost.rows * scale)


def measure(schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> list[MeasuredOperation]:
    """Measure every operation of a document, which may be invalid."""
    return list(_Measuring(schema, document, limits).operations())


def exceeded(operation: MeasuredOperation, limits: Limits) -> str | None:
    """Return a sentence about the first limit that an operation exceeds; None if it exceeds none."""
    measure = operation.measure
    for what, asked, allowed in (
        ("is nested {} levels deep", measure.depth, limits.depth),
        ("asks the schema {} levels deep", measure.introspection_depth, limits.introspection_depth),
        ("has {} aliases", operation.aliases, limits.aliases),
        ("has {} directives", operation.directives, limits.directives),
        ("has {} root fields", len(operation.root_fields), limits.root_fields),
        ("selects {} fields, fragments written out", measure.fields, limits.fields),
    ):
        if asked > allowed:
            return f"This operation {what.format(readable(asked))}; at most {allowed:,} are allowed."
    return None


def readable(number: int) -> str:
    """Format a number that may be huge."""
    return f"{number:,}" if number < 10**12 else "over 10^12"


class _Measuring:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._definitions = document.definitions
        self._fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self._measures: dict[str, Measure | None] = {}
        self._fragment_counts: dict[str, Counts] = {}
        self._size_variables: dict[str, None] = {}
        self._worked_variables: list[GivenVariable] = []
        self._counts = Counts()
        self._nesting = 0

    def operations(self) -> Iterator[MeasuredOperation]:
        for node in self._definitions:
            if isinstance(node, OperationDefinitionNode):
                yield self._operation(node)

    def _operation(self, node: OperationDefinitionNode) -> MeasuredOperation:
        counts = self._counts = Counts(directives=len(node.directives or ()))
        for variable in node.variable_definitions or ():
            counts.directives += len(variable.directives or ())
        measure = self._selection_set(node.selection_set, self._schema.get_root_type(node.operation))
        definitions = list(self._with_fragments(counts))
        variables = node.variable_definitions or ()
        return MeasuredOperation(
            node=node,
            root_fields=list(self._root_fields(node.selection_set)),
            measure=measure,
            aliases=sum(counts.aliases for counts in definitions),
            directives=sum(counts.directives for counts in definitions),
            _size_variables=tuple(self._size_variables),
            _defaults={one.variable.name.value: _size(one.default_value) for one in variables},
            _worked_variables=tuple(self._worked_variables),
            _default_values={one.variable.name.value: plain_value(one.default_value) for one in variables if one.default_value},
        )

    def _with_fragments(self, counts: Counts) -> Iterator[Counts]:
        yield counts
        seen: set[str] = set()
        waiting = list(counts.spreads)
        while waiting:
            name = waiting.pop()
            if name not in seen and name in self._fragment_counts:
                seen.add(name)
                yield self._fragment_counts[name]
                waiting.extend(self._fragment_counts[name].spreads)

    def _root_fields(self, root: SelectionSetNode) -> Iterator[str]:
        seen: set[str] = set()
        waiting = [root]
        while waiting:
            for selection in waiting.pop().selections:
                if isinstance(selection, FieldNode):
                    yield selection.name.value
                elif isinstance(selection, InlineFragmentNode):
                    waiting.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                    seen.add(selection.name.value)
                    if selection.name.value in self._fragments:
                        waiting.append(self._fragments[selection.name.value].selection_set)

    def _selection_set(self, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> Measure:
        self._nesting += 1
        if self._nesting > MAX_WALK_DEPTH:
            raise TooDeep
        spread: set[str] = set()
        parts = [
            self._selection(selection, parent)
            for selection in selections.selections
            if not (isinstance(selection, FragmentSpreadNode) and self._again(selection, spread))
        ]
        self._nesting -= 1
        return combined(parts)

    def _again(self, selection: FragmentSpreadNode, spread: set[str]) -> bool:
        name = selection.name.value
        if name in spread:
            self._counts.directives += len(selection.directives or ())
            return True
        spread.add(name)
        return False

    def _selection(self, selection: SelectionNode, parent: GraphQLNamedType | None) -> Measure:
        self._counts.directives += len(selection.directives or ())
        if isinstance(selection, FieldNode):
            return self._field(selection, parent)
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            inside = self._schema.get_type(condition.name.value) if condition else parent
            return self._selection_set(selection.selection_set, inside)
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value)
        return Measure()

    def _fragment(self, name: str) -> Measure:
        self._counts.spreads.add(name)
        if name not in self._measures:
            self._measures[name] = None
            self._measures[name] = self._measured_fragment(name)
        return self._measures[name] or Measure()

    def _measured_fragment(self, name: str) -> Measure | None:
        fragment = self._fragments.get(name)
        if fragment is None:
            return None
        outer = self._counts
        self._counts = self._fragment_counts[name] = Counts(directives=len(fragment.directives or ()))
        try:
            return self._selection_set(fragment.selection_set, self._schema.get_type(fragment.type_condition.name.value))
        finally:
            self._counts = outer

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Measure:
        if node.alias:
            self._counts.aliases += 1
        name = node.name.value
        definition = self._schema.get_field(parent, name) if parent is not None and is_composite_type(parent) else None
        if node.selection_set is None:
            cost = self._term(node, definition, None)
            return Measure(depth=1, fields=1, cost=cost) if name not in INTROSPECTION_FIELDS else Measure(0, 1, 1)
        inner = self._selection_set(node.selection_set, get_named_type(definition.type) if definition else None)
        cost = self._term(node, definition, inner.cost)
        if name in INTROSPECTION_FIELDS:
            return Measure(0, 1 + inner.depth, 1 + inner.fields, cost)
        return Measure(1 + inner.depth, inner.introspection_depth, 1 + inner.fields, cost)

    def _term(self, node: FieldNode, definition: GraphQLField | None, inner: CostTerm | None) -> CostTerm | None:
        """Return the term of a field: its page, its work and that of its arguments, and the term of its selections."""
        if definition is None:
            return inner
        first_variable = len(self._worked_variables)
        work = declared_work(definition)
        for argument in node.arguments or ():
            taken = definition.args.get(argument.name.value)
            if taken is not None:
                value, type_ = plain_value(argument.value), get_named_type(taken.type)
                work = work.plus(work_of_value(taken, type_, value, self._worked_variables.append))
        variables = tuple(range(first_variable, len(self._worked_variables)))
        is_page = get_named_type(definition.type).name.endswith("Connection") or PAGE in metadata_keys_of(definition)
        if not is_page and not variables and work == NO_WORK:
            return inner
        return CostTerm(self._sizes(node, definition) if is_page else None, (inner,) if inner else (), work, variables)

    def _sizes(self, node: FieldNode, definition: GraphQLField) -> Sizes:
        written: list[int | str] = []
        for argument in node.arguments or ():
            if argument.name.value in SIZE_ARGUMENTS:
                value = argument.value
                if isinstance(value, VariableNode):
                    written.append(value.name.value)
                    self._size_variables[value.name.value] = None
                elif (size := _size(value)) is not None:
                    written.append(size)
        default = size_of(coerce_default_value(definition.args["first"])) if "first" in definition.args else None
        return Sizes(tuple(written), self._limits.page_size if default is None else default, self._limits.largest_page)


def _size(value: ValueNode | None) -> int | None:
    """Return the number of nodes in a literal; None for anything else."""
    if isinstance(value, ListValueNode):
        return len(value.values)
    return max(0, int(value.value[:20])) if isinstance(value, IntValueNode) else None


def combined(parts: list[Measure]) -> Measure:
    """Combine the measures of the selections of one set."""
    if not parts:
        return Measure()
    costs = tuple(part.cost for part in parts if part.cost)
    return Measure(
        depth=max(part.depth for part in parts),
        introspection_depth=max(part.introspection_depth for part in parts),
        fields=sum(part.fields for part in parts),
        cost=costs[0] if len(costs) == 1 else CostTerm(None, costs) if costs else None,
    )
