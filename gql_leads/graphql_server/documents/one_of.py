"""The validation rule for variables in `@oneOf` inputs that graphql-core's own rule overlooks."""

from typing import Any

from graphql import (
    GraphQLError,
    GraphQLNonNull,
    NonNullTypeNode,
    OperationDefinitionNode,
    ValidationRule,
    get_nullable_type,
    is_input_object_type,
)


class OneOfVariablesRule(ValidationRule):
    """Refuse a nullable variable in a `@oneOf` input that is not null, such as `by: ProductBy!`.

    `VariablesInAllowedPositionRule` reports those in nullable positions: it compares the type without taking off its `!`.
    """

    def leave_operation_definition(self, operation: OperationDefinitionNode, *_args: Any) -> None:
        """Check every use of a variable in the operation and its fragments."""
        definitions = {one.variable.name.value: one for one in operation.variable_definitions or ()}
        for usage in self.context.get_recursive_variable_usages(operation):
            definition = definitions.get(usage.node.name.value)
            if definition is None or isinstance(definition.type, NonNullTypeNode) or not isinstance(usage.parent_type, GraphQLNonNull):
                continue
            parent = get_nullable_type(usage.parent_type)
            if is_input_object_type(parent) and parent.is_one_of:
                message = f"Variable '${usage.node.name.value}' must be non-nullable to be used for OneOf Input Object '{parent}'."
                self.report_error(GraphQLError(message, [definition, usage.node]))
