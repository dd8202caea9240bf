"""What a document settles of its variables and of the calls of its fields, found once for each operation: graphql-core does it every time.

Only for variables that are leaves, and arguments that are not written as lists or objects: those, nobody can change for the next request.
Only for resolvers that are coroutines and called straight. Whatever is null, missing or wrong is graphql-core's to look at.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
    coerce_input_value,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_argument_values

from gql_leads.graphql_server.execution.direct_calls import Resolve, direct_calls_of


class PreparedCall(NamedTuple):
    """How a field's resolver is called, up to the values of variables."""

    field: GraphQLField
    nodes: list[FieldNode]
    call: Resolve
    arguments: Mapping[str, Any]
    variables: Mapping[str, str]
    """Which variable has the value of an argument."""

    def given(self, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The arguments; None where a variable is null or was not given: graphql-core knows what follows from that."""
        if not self.variables:
            return self.arguments
        given = {**self.arguments, **{argument: values.get(variable) for argument, variable in self.variables.items()}}
        return None if any(given[argument] is None for argument in self.variables) else given


def prepare_call(executor: Executor[Any], type_: GraphQLObjectType, details: FieldDetailsList) -> PreparedCall | None:
    """What is settled of a field's call; None where graphql-core must look at it for every request."""
    node = details[0].node
    field = executor.schema.get_field(type_, node.name.value)
    call = None if field is None else direct_calls_of(executor.schema).coroutine(field)
    written = node.arguments or ()
    if field is None or call is None or details[0].fragment_variable_values is not None:
        return None
    if any(isinstance(one.value, ListValueNode | ObjectValueNode) for one in written):
        return None
    try:
        arguments = get_argument_values(field, node, executor.variable_values, None, executor.hide_suggestions)
    except GraphQLError:
        return None
    names = {one.name.value: one.value.name.value for one in written if isinstance(one.value, VariableNode)}
    variables = {field.args[name].out_name or name: variable for name, variable in names.items()}
    return PreparedCall(field, [one.node for one in details], call, arguments, variables)


class PreparedVariables:
    """The variables of an operation, all of them leaves that most requests give a value."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        found = [get_variable_signature(schema, one) for one in operation.variable_definitions or ()]
        self._signatures = [one for one in found if not isinstance(one, GraphQLError)]
        self._are_leaves = self._signatures == found and all(is_leaf_type(get_nullable_type(one.type)) for one in self._signatures)

    def values(self, given: Mapping[str, Any]) -> VariableValues | None:
        """Their values; None where graphql-core must look at them."""
        if not self._are_leaves:
            return None
        values = VariableValues({}, {})
        for signature in self._signatures:
            value = given.get(signature.name)
            coerced = Undefined if value is None else coerce_input_value(value, signature.type)
            if coerced is Undefined:
                return None
            values.sources[signature.name] = VariableValueSource(signature, value)
            values.coerced[signature.name] = coerced
        return values
