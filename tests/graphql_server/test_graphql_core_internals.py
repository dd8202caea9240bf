"""The installed graphql-core and Strawberry match what `graphql_core_internals` expects."""

import ast
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import strawberry
from graphql import ASTValidationRule, GraphQLError, OverlappingFieldsCanBeMergedRule, TypeInfo, ValidationContext, parse, specified_rules
from strawberry.schema import schema as strawberry_schema

from gql_leads import graphql_server
from gql_leads.graphql_server import graphql_core_internals as internals
from gql_leads.graphql_server.documents.cache import RULES
from gql_leads.graphql_server.execution.compiled import CompiledExecutor
from tests.graphql_server.shop_schema import schema

PACKAGE = Path(graphql_server.__path__[0])
DOCUMENTED = {"graphql", "strawberry", "strawberry.exceptions"}


def built(document: str) -> CompiledExecutor:
    executor = CompiledExecutor.build(internals.core_schema(schema), parse(document), context_value=object())
    assert isinstance(executor, CompiledExecutor)
    return executor


def test_an_executor_has_the_expected_attributes_and_no_others() -> None:
    own = {"_compiled", "_flags", "_is_plain"}
    assert vars(built("{ hello }")).keys() - own == internals.EXECUTOR_ATTRIBUTES


@pytest.mark.parametrize("name", internals.METHOD_PARAMETERS)
def test_an_executors_method_has_the_expected_parameters(name: str) -> None:
    _, *parameters = inspect.signature(getattr(internals.StrawberryGraphQLCoreExecutionContext, name)).parameters
    assert tuple(parameters) == internals.METHOD_PARAMETERS[name]


def test_functions_have_the_expected_parameters() -> None:
    functions: dict[Any, tuple[str, ...]] = {
        internals.collect_subfields: (
            "schema", "fragments", "variable_values", "operation", "return_type", "field_details_list", "hide_suggestions",
        ),
        internals.convert_argument: ("value", "type_", "scalar_registry", "config", "info", "path"),
        internals.get_variable_values: ("schema", "var_def_nodes", "inputs", "max_errors", "hide_suggestions"),
    }  # fmt: skip
    for function, parameters in functions.items():
        assert tuple(inspect.signature(function).parameters) == parameters, function.__name__
    assert internals.VariableValues._fields == ("sources", "coerced")


def test_schema_and_definitions_lead_to_one_another() -> None:
    core = internals.core_schema(schema)
    assert internals.strawberry_schema_of(core) is schema
    assert core.query_type is not None
    field = core.query_type.fields["hello"]
    assert isinstance(internals.definition_of(field), internals.StrawberryField)
    assert isinstance(internals.definition_of(field.args["name"]), internals.StrawberryArgument)
    assert isinstance(internals.definition_of(core.query_type), internals.StrawberryObjectDefinition)


def test_resolvers_are_distinguished() -> None:
    @strawberry.type
    class Query:
        plain: str

        @strawberry.field
        def resolved(self) -> str:
            return "resolved"

    query = internals.core_schema(strawberry.Schema(Query)).query_type
    assert query is not None
    plain, resolved = query.fields["plain"].resolve, query.fields["resolved"].resolve
    assert resolved is not None
    assert internals.is_default_resolver(plain)
    assert not internals.is_default_resolver(resolved)
    assert internals.is_strawberry_resolver(resolved)


def test_the_number_of_field_comparisons_is_bounded() -> None:
    document = parse("{ " + "hello " * 50 + "}")
    core, errors = internals.core_schema(schema), list[GraphQLError]()
    context = ValidationContext(core, document, TypeInfo(core), errors.append)
    rule = OverlappingFieldsCanBeMergedRule(context)
    before = rule.rule_context.remaining_complexity_budget
    internals.limit_field_comparisons(rule, 10)
    assert before > rule.rule_context.remaining_complexity_budget == 10


def test_no_other_module_imports_from_undocumented_modules() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}: {node.module}"
        for path in PACKAGE.rglob("*.py")
        if path.name != "graphql_core_internals.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in {"graphql", "strawberry"}
        if node.module not in DOCUMENTED
    }
    assert found == set()


def test_the_rules_that_strawberry_adds_are_validated(monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[type[ASTValidationRule]] = []

    def validate(_schema: Any, _document: Any, rules: Iterable[type[ASTValidationRule]]) -> list[GraphQLError]:
        added.extend(rules)
        return []

    monkeypatch.setattr(strawberry_schema, "validate", validate)
    strawberry_schema.validate_document(internals.core_schema(schema), parse("{ hello }"), ())
    assert added, "Strawberry adds its rules elsewhere"
    assert set(added) - internals.REPLACED_RULES == set(internals.STRAWBERRY_RULES)
    assert set(specified_rules) - {OverlappingFieldsCanBeMergedRule} | set(internals.STRAWBERRY_RULES) <= set(RULES)
