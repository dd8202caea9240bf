"""An executor that completes objects with generated functions instead of calls for every field.

Use it with any Strawberry schema: `Schema(…, execution_context_class=CompiledExecutor)`, or `CompiledExecutor.build(…)`.

`code_generation` writes a function for those fields of an object that only read an attribute (no resolver, argument, permission or
extension) and lead to leaves, or to objects and lists of such objects. graphql-core's `collect_subfields` decides which fields those are.
Fields with a resolver, interfaces and unions are executed by graphql-core, in the order of the selection.

- A function only reads. It raises `FallBack` for any unexpected value, and graphql-core completes that value from the start, so that
  errors, paths and null propagation are its own. One difference remains: if a resolver changes plain attributes of its own object, the
  change has no effect.
- Objects must be instances of the Strawberry type with attributes in `__dict__`; others are completed by graphql-core.
- **A compiled selection used in the wrong place would return wrong data.** Its key is therefore all that it was made from: the operation
  with its fragments and schema (`CompiledOperation`), the field nodes, the type, and the variables of `@skip` and `@include`. Documents
  with other directives or fragment variables, and schemas with middleware, are not compiled.
- Compiled selections live as long as their operation, and the number of compiled fields per operation is bounded.
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

from gql_leads.graphql_server.execution.code_generation import CompiledSelection, NotCompilable, SelectionCompiler, TooLarge
from gql_leads.graphql_server.execution.direct_calls import direct_calls_of
from gql_leads.graphql_server.graphql_core_internals import (
    Executor,
    FieldDetailsList,
    StrawberryGraphQLCoreExecutionContext,
    VariableValues,
    copy_executor,
    forget_subfields,
    get_variable_values,
)

MAX_COMPILED_FIELDS: Final = 1_000
"""Compiled fields of one operation, over all its selections."""
MAX_ERRORS: Final = 50
"""Errors about variables in one response, as many as `Executor.build` reports."""

Flags = tuple[bool | None, ...]


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor with compiled selections and direct resolver calls."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._compiled = compiled_operation_of(self.operation, self.fragment_definitions, self.schema)
        self._is_plain = self.middleware_manager is None or not self.middleware_manager.middlewares
        self._flags = self._compiled.flags(self.variable_values.coerced) if self._is_plain else None
        if self._is_plain:
            self.middleware_manager = direct_calls_of(self.schema)

    def without_request(self) -> "CompiledExecutor":
        """Return a copy without the state of this request, to be kept with the operation."""
        return self._copy_for(None, VariableValues({}, {}), None)

    def for_request(self, context: Any, variables: Mapping[str, Any], extensions: Any) -> "CompiledExecutor | list[GraphQLError]":
        """Return what `build` would for another request of this operation, without analyzing the document again."""
        definitions = self.operation.variable_definitions or ()
        values = get_variable_values(self.schema, definitions, dict(variables), MAX_ERRORS, self.hide_suggestions)
        return values if isinstance(values, list) else self._copy_for(context, values, extensions)

    def _copy_for(self, context: Any, values: VariableValues, extensions: Any) -> "CompiledExecutor":
        executor: CompiledExecutor = copy_executor(self, context, values, extensions)
        executor._flags = self._compiled.flags(values.coerced) if self._is_plain else None
        return executor

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete an object by its compiled selection; without one, or if that raises, as graphql-core does."""
        selection = self._compiled_selection(return_type, field_details_list)
        if selection is not None:
            try:
                response = selection.read(result)
            except Exception:  # noqa: BLE001 - graphql-core completes the value again and reports the error
                response = None
            if response is not None:
                return self._with_rest(response, selection, return_type, result, path)
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
        """Complete a list of objects whose selection is compiled as a whole; any other list as graphql-core does."""
        required = is_non_null_type(item_type)
        type_ = item_type.of_type if required else item_type
        if is_object_type(type_) and type(items) in (list, tuple):  # other iterables can be read only once
            selection = self._compiled_selection(type_, field_details_list)
            if selection is not None and not selection.rest:
                read = selection.read
                try:
                    return [read(item) if required or item is not None else None for item in items]
                except Exception:  # noqa: BLE001 - graphql-core completes the value again and reports the error
                    pass
        return super().complete_iterable_value(item_type, field_details_list, info, path, items, position_context)

    def with_abort_signal(self, awaitable: Awaitable[Any]) -> Awaitable[Any]:  # type: ignore[override]  # returns any awaitable
        """Return the awaitable itself if there is no abort signal."""
        return awaitable if self.abort_signal is None else super().with_abort_signal(awaitable)

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        """Build the executor of one event of a subscription."""
        executor = super().build_per_event_executor(payload)
        forget_subfields(executor)
        return executor

    def _compiled_selection(self, type_: GraphQLObjectType, details: FieldDetailsList) -> CompiledSelection | None:
        if self._flags is None:
            return None
        key = (type_, self._flags, *[id(one.node) for one in details])
        try:
            return self._compiled.made[key]
        except KeyError:
            return self._compiled.make(key, self, type_, details)

    def _with_rest(self, response: dict[str, Any], selection: CompiledSelection, type_: GraphQLObjectType, source: Any, path: Any) -> Any:
        if not selection.rest:
            return response
        rest = self.execute_fields(type_, source, path, selection.rest, None)
        if self.is_awaitable(rest):
            return _filled(response, rest)
        response.update(rest)  # type: ignore[arg-type]
        return response


async def _filled(response: dict[str, Any], rest: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    response.update(await rest)
    return response


class CompiledOperation:
    """The compiled selections of one operation with its fragments and schema."""

    def __init__(self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], schema: GraphQLSchema) -> None:
        self._operation = weakref.ref(operation, _forget(id(operation)))
        # Keys hold ids of nodes. Holding the fragments and the schema ensures that no other node gets such an id while the operation lives.
        self._fragments = tuple(fragments.values())
        self._schema = schema
        self._deciding = _deciding_variables([operation, *self._fragments])
        self._field_budget = MAX_COMPILED_FIELDS
        self.made: dict[tuple[Any, ...], CompiledSelection | None] = {}

    def are_of(self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], schema: GraphQLSchema) -> bool:
        """Return True if this was made from these very objects; equal ones do not count."""
        return (
            self._operation() is operation
            and self._schema is schema
            and len(self._fragments) == len(fragments)
            and all(mine is theirs for mine, theirs in zip(self._fragments, fragments.values(), strict=True))
        )

    def flags(self, variables: Mapping[str, Any]) -> Flags | None:
        """Return the values that decide about `@skip` and `@include`; None if nothing may be compiled."""
        if self._deciding is None:
            return None
        flags = tuple([variables.get(name) for name in self._deciding])
        # Compared by identity: 1 equals True, but graphql-core treats it differently.
        return flags if all(flag is True or flag is False or flag is None for flag in flags) else None

    def make(
        self, key: tuple[Any, ...], executor: CompiledExecutor, type_: GraphQLObjectType, details: FieldDetailsList
    ) -> CompiledSelection | None:
        """Compile a selection and store the result, or None if it cannot be compiled."""
        if self._field_budget <= 0:
            return None
        compiler = SelectionCompiler(executor, self._field_budget)
        try:
            selection = compiler.compile(type_, details)
        except (
            NotCompilable,
            TooLarge,
            GraphQLError,
            SyntaxError,
            RecursionError,
            MemoryError,
        ):  # the last three: nested too deeply for Python
            selection = None
        self._field_budget -= max(1, compiler.fields)
        self.made[key] = selection
        return selection


_kept: Final[dict[int, CompiledOperation]] = {}
"""By the id of the operation; removed when the operation is collected."""


def compiled_operation_of(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], schema: GraphQLSchema
) -> CompiledOperation:
    """Return the stored `CompiledOperation` if it was made with the same fragments and schema, else a new one."""
    compiled = _kept.get(id(operation))
    if compiled is None or not compiled.are_of(operation, fragments, schema):
        compiled = _kept[id(operation)] = CompiledOperation(operation, fragments, schema)
    return compiled


def _forget(identity: int) -> Any:
    return lambda _operation: _kept.pop(identity, None)


def _deciding_variables(definitions: Iterable[OperationDefinitionNode | FragmentDefinitionNode]) -> tuple[str, ...] | None:
    """Return the variables of `@skip` and `@include`; None if anything else can exclude a field."""
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
