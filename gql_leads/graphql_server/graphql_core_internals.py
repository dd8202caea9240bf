"""The undocumented parts of graphql-core and Strawberry that this package uses.

No other module of this package imports or reads them. A test compares each with the installed version, so that an upgrade which changes
one fails a test and not a request.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema, OverlappingFieldsCanBeMergedRule
from graphql.execution import Executor, MiddlewareManager
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_subfields
from graphql.execution.executor import CollectedErrors
from graphql.execution.values import VariableValues, get_variable_values
from graphql.pyutils import RefMap
from graphql.type.definition import GraphQLResolveInfoHelpers
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import CustomGraphQLEnumType, GraphQLCoreConverter
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

__all__ = [
    "STRAWBERRY_RULES", "TYPE_CAST_ATTRIBUTE", "CustomGraphQLEnumType", "Executor", "FieldDetailsList", "GroupedFieldSet",
    "MiddlewareManager", "StrawberryArgument", "StrawberryField", "StrawberryGraphQLCoreExecutionContext", "StrawberryObjectDefinition",
    "StrawberryResolver", "VariableValues", "coerce_default_value", "collect_subfields", "convert_argument", "copy_executor", "core_schema",
    "definition_of", "forget_subfields", "get_variable_values", "is_default_resolver", "is_strawberry_resolver", "limit_field_comparisons",
    "mark_one_of_inputs", "optimized_is_awaitable", "strawberry_schema_of",
]  # fmt: skip

EXECUTOR_ATTRIBUTES: Final = frozenset({
    "_deferred_execution_plans", "_initial_execution_plans", "_relevant_sub_fields", "_stream_usages", "abort_signal", "async_helpers",
    "async_work_finished_hook_task", "background_futures", "collected_errors", "context_value", "defer_usage_set",
    "enable_early_execution", "error_propagation", "field_resolver", "fragment_definitions", "fragments", "groups", "hide_suggestions",
    "hooks", "is_async_iterable", "is_awaitable", "middleware_manager", "operation", "operation_extensions",
    "pending_incremental_futures", "root_value", "schema", "streams", "subscribe_field_resolver", "tasks", "type_resolver",
    "variable_values",
})  # fmt: skip
"""All attributes of an executor. `copy_executor` must replace each one that holds state of a single request."""
METHOD_PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "build_per_event_executor": ("payload",),
    "complete_iterable_value": ("item_type", "field_details_list", "info", "path", "items", "position_context"),
    "complete_object_value": ("return_type", "field_details_list", "info", "path", "result", "position_context"),
    "execute_fields": ("parent_type", "source_value", "path", "grouped_field_set", "position_context"),
    "execute_operation": ("serially",),
    "gather_async_work": ("values",),
    "track_async_work": ("values",),
    "with_abort_signal": ("awaitable",),
}
"""The executor's methods that `execution.compiled` overrides or calls, with their parameters."""

STRAWBERRY_RULES: Final = (MaybeNullValidationRule,)
"""The validation rules that Strawberry adds to those of graphql-core."""
REPLACED_RULES: Final = frozenset({OneOfInputValidationRule})
"""Rules of Strawberry that `mark_one_of_inputs` replaces: this one fails with a KeyError for an undefined variable, and in fragments."""

_RESOLVER_PREFIX: Final = f"{GraphQLCoreConverter.from_resolver.__qualname__}."


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """Return the graphql-core schema of a Strawberry schema."""
    return schema._schema


def strawberry_schema_of(schema: GraphQLSchema) -> strawberry.Schema | None:
    """Return the Strawberry schema that a graphql-core schema was made from; None if it was made otherwise."""
    return cast("strawberry.Schema | None", getattr(schema, "_strawberry_schema", None))


def mark_one_of_inputs(schema: GraphQLSchema) -> None:
    """Mark the `@oneOf` inputs for graphql-core, whose rules then validate them with the document."""
    # Strawberry checks their values only when a field's resolver is called.
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType) and getattr(definition_of(type_), "is_one_of", False):
            type_.is_one_of = True


def definition_of(element: Any) -> Any:
    """Return Strawberry's definition of a type, field, argument or input field of the schema; None if it has none."""
    return element.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)


def is_default_resolver(resolve: Any) -> bool:
    """Return True for Strawberry's resolver of an attribute; False if a decorator wrapped it."""
    # `functools.wraps` copies the attribute, too.
    return getattr(resolve, "_is_default", False) and not hasattr(resolve, "__wrapped__")


def is_strawberry_resolver(resolve: Callable[..., Any]) -> bool:
    """Return True for Strawberry's resolver of a query or mutation field; False if a decorator wrapped it."""
    return resolve.__qualname__.startswith(_RESOLVER_PREFIX) and not hasattr(resolve, "__wrapped__")


def limit_field_comparisons(rule: OverlappingFieldsCanBeMergedRule, comparisons: int) -> None:
    """Bound the work of a validation rule whose own bound takes a second to reach."""
    rule.rule_context.remaining_complexity_budget = comparisons


def copy_executor(executor: Any, context: Any, values: VariableValues, extensions: Any) -> Any:
    """Copy an executor for another request of its operation; the copy shares nothing that an execution changes."""
    copy = object.__new__(type(executor))
    copy.__dict__.update(executor.__dict__)
    copy.context_value, copy.variable_values, copy.operation_extensions = context, values, extensions
    copy.collected_errors = CollectedErrors()
    copy.async_helpers = GraphQLResolveInfoHelpers(copy.gather_async_work, copy.track_async_work)
    copy.pending_incremental_futures, copy.background_futures = set(), set()
    copy.groups, copy.tasks, copy.streams = [], [], []
    copy._relevant_sub_fields, copy._stream_usages = {}, RefMap()
    copy._initial_execution_plans, copy._deferred_execution_plans = RefMap(), RefMap()
    return copy


def forget_subfields(executor: Any) -> None:
    """Give a per-event executor its own cache; the shared one of graphql-core grows with each event."""
    executor._relevant_sub_fields = {}
