"""Compiled selections: one generated Python function from an object to its response, instead of one call after another for every field.

An executor for any Strawberry schema: `Schema(…, execution_context_class=CompiledExecutor)`, or `CompiledExecutor.build(…)`.

For the fields of an object that only read an attribute (no resolver, argument, permission or extension) and lead to leaves, or to objects
and lists of objects that are such themselves, a function is generated; graphql-core's own `collect_subfields` says which fields those are.
What has a resolver, and what is an interface or a union, stays with graphql-core, in the order of the selection.

- The function only reads. Whatever is not exactly as expected makes it give up, and graphql-core does that value from the start: errors,
  paths and null propagation are its own. What may differ: a resolver that changes plain attributes of its own object is not noticed.
- Objects are instances of the Strawberry type itself, whose attributes lie in `__dict__`; for others graphql-core alone is at work.
- **A plan that is found where it does not belong answers with wrong data.** So its key is all that it was made from: the operation with its
  fragments and schema (`Plans`), the field nodes, the type, and the variables that decide `@skip` and `@include`. A document with any other
  directive or with variables of a fragment, a schema with middleware: nothing is compiled.
- Plans live as long as their operation does, and an operation may have so many fields compiled and no more.
"""

import weakref
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, Final

from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import CollectedErrors, Executor
from graphql.execution.values import VariableValues, get_variable_values
from graphql.pyutils import RefMap
from graphql.type.definition import GraphQLResolveInfoHelpers
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gql_leads.graphql_server.execution.code_generation import CompiledSelection, NotCompilable, SelectionCompiler, TooLarge
from gql_leads.graphql_server.execution.direct_calls import direct_calls_of
from gql_leads.graphql_server.execution.prepared_arguments import PreparedCall, PreparedVariables, prepare_call

MAX_COMPILED_FIELDS: Final = 1_000
"""How many fields of one operation are compiled at most, over all its plans."""
MAX_PREPARED_CALLS: Final = 200
"""Calls of fields of one operation, which variables may put together in many ways."""
MAX_ERRORS: Final = 50
"""Of the variables, as many as `build` tells."""

Flags = tuple[bool | None, ...]


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, but that objects and lists of them are completed by generated functions where that gives the same."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._compiled = compiled_operation_of(self.operation, self.fragment_definitions, self.schema)
        self._is_plain = self.middleware_manager is None or not self.middleware_manager.middlewares
        self._flags = self._compiled.flags(self.variable_values.coerced) if self._is_plain else None
        if self._is_plain:
            self.middleware_manager = direct_calls_of(self.schema)

    def without_request(self) -> "CompiledExecutor":
        """An executor of the same operation that holds nothing of this request, to be kept with the operation."""
        return self._copy_for(None, VariableValues({}, {}), None)

    def for_request(self, context: Any, variables: Mapping[str, Any], extensions: Any) -> "CompiledExecutor | list[GraphQLError]":
        """What `build` answers to another request for the same operation: it need not be taken apart again."""
        values: Any = self._compiled.variables.values(variables)
        if values is None:
            definitions = self.operation.variable_definitions or ()
            values = get_variable_values(self.schema, definitions, dict(variables), MAX_ERRORS, self.hide_suggestions)
        return values if isinstance(values, list) else self._copy_for(context, values, extensions)

    def _copy_for(self, context: Any, values: VariableValues, extensions: Any) -> "CompiledExecutor":
        """A copy that shares nothing that an execution changes."""
        executor = object.__new__(type(self))
        executor.__dict__.update(self.__dict__)
        executor.context_value, executor.variable_values, executor.operation_extensions = context, values, extensions
        executor._flags = self._compiled.flags(values.coerced) if self._is_plain else None
        executor.collected_errors = CollectedErrors()
        executor.async_helpers = GraphQLResolveInfoHelpers(executor.gather_async_work, executor.track_async_work)
        executor.pending_incremental_futures, executor.background_futures = set(), set()
        executor.groups, executor.tasks, executor.streams = [], [], []
        executor._relevant_sub_fields, executor._stream_usages = {}, RefMap()
        executor._initial_execution_plans, executor._deferred_execution_plans = RefMap(), RefMap()
        return executor

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: FieldDetailsList, path: Any, position_context: Any
    ) -> Any:
        """Call a field's resolver as the document has settled it; where it has not, as graphql-core does."""
        prepared = self._prepared_call(parent_type, field_details_list)
        given = None if prepared is None else prepared.given(self.variable_values.coerced)
        if prepared is None or given is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        info = self.build_resolve_info(prepared.field, prepared.nodes, parent_type, path)
        answer = prepared.call(source, info, **given)
        return self.complete_awaitable_value(prepared.field.type, field_details_list, info, path, answer, position_context)

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete an object by its plan; without one, or where the plan's function gives up, as graphql-core does."""
        plan = self._compiled_selection(return_type, field_details_list)
        if plan is not None:
            try:
                response = plan.read(result)
            except Exception:  # noqa: BLE001 - graphql-core meets it again and says what it is
                response = None
            if response is not None:
                return self._with_rest(response, plan, return_type, result, path)
        return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)

    def complete_iterable_value(
        self,
        item_type: Any,
        field_details_list: FieldDetailsList,
        info: Any,
        path: Any,
        items: Iterable[Any],
        position_context: Any,
    ) -> Any:
        """Complete a list of objects at once where they are plain throughout; any other list item by item, as graphql-core does."""
        required = is_non_null_type(item_type)
        type_ = item_type.of_type if required else item_type
        if is_object_type(type_) and type(items) in (list, tuple):  # anything else may be read only once
            plan = self._compiled_selection(type_, field_details_list)
            if plan is not None and not plan.rest:
                read = plan.read
                try:
                    return [read(item) if required or item is not None else None for item in items]
                except Exception:  # noqa: BLE001 - graphql-core meets it again and says what it is
                    pass
        return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)

    def with_abort_signal(self, awaitable: Awaitable[Any]) -> Awaitable[Any]:  # type: ignore[override]  # what is awaited at once
        """What a resolver answers, awaited as it is where no signal can abort it."""
        return awaitable if self.abort_signal is None else super().with_abort_signal(awaitable)

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        """The executor of one event: with a memory of its own, or a stream would remember the selections of every event it ever told."""
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}
        return executor

    def _compiled_selection(self, type_: GraphQLObjectType, details: FieldDetailsList) -> CompiledSelection | None:
        if self._flags is None:
            return None
        key = (type_, self._flags, *[id(one.node) for one in details])
        try:
            return self._compiled.made[key]
        except KeyError:
            return self._compiled.make(key, self, type_, details)

    def _prepared_call(self, type_: GraphQLObjectType, details: FieldDetailsList) -> PreparedCall | None:
        if not self._is_plain:
            return None
        key = (type_, *[id(one.node) for one in details])
        try:
            return self._compiled.prepared[key]
        except KeyError:
            return self._compiled.prepare_call(key, self, type_, details)

    def _with_rest(self, response: dict[str, Any], plan: CompiledSelection, type_: GraphQLObjectType, source: Any, path: Any) -> Any:
        if not plan.rest:
            return response
        rest = self.execute_fields(type_, source, path, plan.rest, None)
        if self.is_awaitable(rest):
            return _filled(response, rest)
        response.update(rest)  # type: ignore[arg-type]
        return response


async def _filled(response: dict[str, Any], rest: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    response.update(await rest)
    return response


class CompiledOperation:
    """The plans of one operation, as it stands with these fragments in this schema."""

    def __init__(self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], schema: GraphQLSchema) -> None:
        self._operation = weakref.ref(operation, _forget(id(operation)))
        # Fragments and schema are kept: while the operation lives, no id in a key is taken by another node.
        self._fragments = tuple(fragments.values())
        self._schema = schema
        self._deciding = _deciding_variables([operation, *self._fragments])
        self._field_budget = MAX_COMPILED_FIELDS
        self.variables = PreparedVariables(schema, operation)
        self.made: dict[tuple[Any, ...], CompiledSelection | None] = {}
        self.prepared: dict[tuple[Any, ...], PreparedCall | None] = {}

    def are_of(self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], schema: GraphQLSchema) -> bool:
        """Whether they were made from these very objects; equal ones are others."""
        return (
            self._operation() is operation
            and self._schema is schema
            and len(self._fragments) == len(fragments)
            and all(mine is theirs for mine, theirs in zip(self._fragments, fragments.values(), strict=True))
        )

    def flags(self, variables: Mapping[str, Any]) -> Flags | None:
        """What the variables decide about `@skip` and `@include`; None where nothing may be compiled."""
        if self._deciding is None:
            return None
        flags = tuple([variables.get(name) for name in self._deciding])
        # By identity: 1 equals True, and is something else to graphql-core.
        return flags if all(flag is True or flag is False or flag is None for flag in flags) else None

    def make(
        self, key: tuple[Any, ...], executor: CompiledExecutor, type_: GraphQLObjectType, details: FieldDetailsList
    ) -> CompiledSelection | None:
        """Compile a selection and remember the plan, or that there can be none."""
        if self._field_budget <= 0:
            return None
        compiler = SelectionCompiler(executor, self._field_budget)
        try:
            plan = compiler.plan(type_, details)
        except (
            NotCompilable,
            TooLarge,
            GraphQLError,
            SyntaxError,
            RecursionError,
            MemoryError,
        ):  # the last three: nested too deeply for Python
            plan = None
        self._field_budget -= max(1, compiler.fields)
        self.made[key] = plan
        return plan

    def prepare_call(
        self, key: tuple[Any, ...], executor: CompiledExecutor, type_: GraphQLObjectType, details: FieldDetailsList
    ) -> PreparedCall | None:
        """Settle a field's call and remember it, or that nothing is settled."""
        if len(self.prepared) >= MAX_PREPARED_CALLS:
            return None
        self.prepared[key] = prepared = prepare_call(executor, type_, details)
        return prepared


_kept: Final[dict[int, CompiledOperation]] = {}
"""By the id of the operation, and gone together with it."""


def compiled_operation_of(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], schema: GraphQLSchema
) -> CompiledOperation:
    """The plans of an operation: those that were made before, if it is still used with the same fragments and schema."""
    plans = _kept.get(id(operation))
    if plans is None or not plans.are_of(operation, fragments, schema):
        plans = _kept[id(operation)] = CompiledOperation(operation, fragments, schema)
    return plans


def _forget(identity: int) -> Any:
    return lambda _operation: _kept.pop(identity, None)


def _deciding_variables(definitions: Iterable[OperationDefinitionNode | FragmentDefinitionNode]) -> tuple[str, ...] | None:
    """The variables that decide whether a field is selected; None where another directive, or a fragment's variable, may decide more."""
    names: dict[str, None] = {}
    left: list[Any] = []
    for definition in definitions:
        if isinstance(definition, FragmentDefinitionNode) and definition.variable_definitions:
            return None
        left.append(definition.selection_set)
    while left:
        for selection in left.pop().selections:
            for directive in selection.directives or ():
                if directive.name.value not in {"skip", "include"}:
                    return None
                names.update({one.value.name.value: None for one in directive.arguments or () if isinstance(one.value, VariableNode)})
            if not isinstance(selection, FragmentSpreadNode) and selection.selection_set is not None:
                left.append(selection.selection_set)
    return tuple(names)
