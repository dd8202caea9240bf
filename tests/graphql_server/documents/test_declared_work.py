"""The cost of declared works: of fields, arguments and input fields, literal or in variables, at any scale."""

from typing import Any

import pytest
import strawberry
from graphql import parse

from gql_leads.graphql_server.documents.limits import Limits
from gql_leads.graphql_server.documents.measurement import measure


def work(**numbers: int) -> dict[str, Any]:
    return {"work": numbers}


def work_of_ids(ids: Any) -> dict[str, int]:
    return {"nodes": 3 * len(ids)} if isinstance(ids, list) else {}


@strawberry.input
class Condition:
    name: str | None = strawberry.field(default=None, metadata=work(condition=7))
    size: int | None = strawberry.field(default=None, metadata=work(condition=2))
    either: "list[Condition] | None" = None
    ids: list[int] | None = strawberry.field(default=None, metadata={"work": work_of_ids})


@strawberry.type
class Figure:
    plain: int = 0
    dear: int = strawberry.field(default=0, metadata=work(rows=50))


@strawberry.type
class ItemConnection:
    nodes: list[Figure]
    total: int = strawberry.field(default=0, metadata=work(rows=100, passes=1))


def _report(where: Condition | None = None) -> Figure | None:
    return None


@strawberry.type
class Query:
    @strawberry.field
    def items(self, first: int = 10) -> ItemConnection | None:
        return None

    report: Figure | None = strawberry.field(resolver=_report, metadata=work(rows=1_000, nodes=5, passes=2))


schema = strawberry.Schema(Query)


def cost(document: str, variables: dict[str, Any] | None = None, scale: float = 1.0) -> int:
    return measure(schema._schema, parse(document), Limits())[0].cost(variables or {}, scale)


@pytest.mark.parametrize(
    ("document", "variables", "expected"),
    [
        ("{ report { plain } }", {}, 5 + 1_000),
        ("{ report { dear } }", {}, 5 + 1_000 + 50),
        ("{ a: report { dear } b: report { plain } }", {}, 2 * (5 + 1_000) + 50),
        ('{ report(where: {name: "x"}) { plain } }', {}, 5 + 1_000 + 2 * 7),
        ('{ report(where: {name: "x", size: 1, either: [{name: "y"}, {size: 2}]}) { plain } }', {}, 5 + 1_000 + 2 * (7 + 2 + 7 + 2)),
        ("{ report(where: null) { plain } }", {}, 5 + 1_000),
        ("{ report(where: {ids: [1, 2]}) { plain } }", {}, 5 + 1_000 + 6),
        ("query ($w: Condition) { report(where: $w) { plain } }", {}, 5 + 1_000),
        ("query ($w: Condition) { report(where: $w) { plain } }", {"w": {"name": "x", "ids": [1]}}, 5 + 1_000 + 2 * 7 + 3),
        ('query ($w: Condition = {name: "x"}) { report(where: $w) { plain } }', {}, 5 + 1_000 + 2 * 7),
        ('query ($w: Condition = {name: "x"}) { report(where: $w) { plain } }', {"w": None}, 5 + 1_000),
        ("query ($n: String) { report(where: {name: $n}) { plain } }", {"n": "x"}, 5 + 1_000 + 2 * 7),
        ("query ($c: [Condition!]) { report(where: {either: $c}) { plain } }", {"c": [{"name": "x"}] * 3}, 5 + 1_000 + 2 * 21),
        ("query ($c: Condition!) { report(where: {either: [$c, $c]}) { plain } }", {"c": {"size": 1}}, 5 + 1_000 + 2 * 4),
        ("{ items { nodes { plain } } }", {}, 10),
        ("{ items(first: 3) { total nodes { dear } } }", {}, 3 + 100 + 50),
        ("query { ...F } fragment F on Query { report { ...G } } fragment G on Figure { dear }", {}, 5 + 1_050),
    ],
)
def test_cost_adds_the_work_of_fields_and_values(document: str, variables: dict[str, Any], expected: int) -> None:
    assert cost(document, variables) == expected


def test_reads_are_scaled_and_the_rest_is_not() -> None:
    document = '{ report(where: {name: "x"}) { plain } }'
    assert cost(document, scale=0.1) == 5 + 102  # a tenth of 1,014, rounded up
    assert cost(document, scale=0.0) == 5


def test_values_of_wrong_types_and_depths_are_measured_without_failing() -> None:
    document = "query ($w: Condition) { report(where: $w) { plain } }"
    deep: Any = {"name": "x"}
    for _ in range(3_000):
        deep = {"either": [deep]}
    for wrong in ([], "x", 7, {"either": 5}, {"name": {"a": 1}}, {"unknown": 1}, {"ids": 5}, [[[{"name": "x"}]]]):
        assert cost(document, {"w": wrong}) >= 1_005
    assert cost(document, {"w": deep}) == 1_005
    nested = "[" * 70 + "1" + "]" * 70
    assert cost(f"{{ report(where: {nested}) {{ plain }} }}") == 1_005
