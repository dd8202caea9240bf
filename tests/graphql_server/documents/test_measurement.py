import sys
from collections.abc import Callable

import pytest
from graphql import get_introspection_query, parse

from gql_leads.graphql_server.documents.cache import Documents
from gql_leads.graphql_server.documents.limits import Limits
from gql_leads.graphql_server.documents.measurement import measure
from tests.graphql_server.shop_schema import schema

LIMITS = Limits()


def refusal(document: str, limits: Limits = LIMITS) -> str | None:
    errors = Documents(schema._schema, limits).of(document).errors
    assert all(error["extensions"]["code"].startswith("GRAPHQL_") for error in errors)
    return errors[0]["message"] if errors else None


def cost(document: str, **variables: object) -> int:
    return measure(schema._schema, parse(document), LIMITS)[0].cost(variables)


def twins(depth: int) -> str:
    return "{ product(by: {id: 1}) " + "{ twin " * (depth - 2) + "{ id }" + " }" * (depth - 2) + " }"


def doubling(levels: int) -> str:
    """Return fragments that each spread the next one twice: expanded, they have 2^levels fields."""
    fragments = (f"fragment F{i} on Product {{ a: twin {{ ...F{i + 1} }} similar {{ nodes {{ ...F{i + 1} }} }} }}" for i in range(levels))
    return f"{{ product(by: {{id: 1}}) {{ ...F0 }} }} {' '.join(fragments)} fragment F{levels} on Product {{ id }}"


@pytest.mark.parametrize(
    ("allowed", "too_much", "sentence"),
    [
        (twins(10), twins(11), "This operation is nested 11 levels deep; at most 10 are allowed."),
        (
            "{" + " ".join(f"a{i}: hello" for i in range(15)) + "}",
            "{" + " ".join(f"a{i}: hello" for i in range(16)) + "}",
            "This operation has 16 aliases; at most 15 are allowed.",
        ),
        (
            "{ products { nodes {" + "id @include(if: true) " * 25 + "} } }",
            "{ products { nodes {" + "id @include(if: true) " * 26 + "} } }",
            "This operation has 26 directives; at most 25 are allowed.",
        ),
        (
            "{" + "hello " * 20 + "}",
            "{" + "hello " * 21 + "}",
            "This operation has 21 root fields; at most 20 are allowed.",
        ),
        (
            " ".join(f"query Q{i} {{ hello }}" for i in range(10)),
            " ".join(f"query Q{i} {{ hello }}" for i in range(11)),
            "This document has 11 operations; at most 10 are allowed.",
        ),
    ],
    ids=["depth", "aliases", "directives", "root fields", "operations"],
)
def test_value_at_the_limit_is_allowed_and_one_above_is_refused(allowed: str, too_much: str, sentence: str) -> None:
    assert refusal(allowed) is None
    assert refusal(too_much) == sentence


def test_tokens_comments_and_length_are_bounded_before_parsing() -> None:
    assert "more than 2000 tokens" in str(refusal("{" + "hello " * 2_000 + "}"))
    assert "more than 2000 comments" in str(refusal("#\n" * 2_001 + "{ hello }"))
    assert "more than 100000 code points" in str(refusal("{ hello }" + " " * 100_000))


@pytest.mark.parametrize(
    "hidden",
    [
        "{ ...F } fragment F on Query { %s }",
        "{ ... { ... on Query { %s } } }",
        "{ ...F } fragment F on Query { ...G } fragment G on Query { ... { %s } }",
    ],
)
def test_limits_count_the_content_of_fragments(hidden: str) -> None:
    aliases = " ".join(f"a{i}: hello" for i in range(16))
    assert refusal(hidden % aliases) == "This operation has 16 aliases; at most 15 are allowed."
    assert refusal(hidden % ("hello " * 21)) == "This operation has 21 root fields; at most 20 are allowed."
    assert "nested 11 levels" in str(refusal(hidden % twins(11)[1:-1]))


def test_fragment_counts_once_however_often_it_is_spread() -> None:
    document = "{ a: products { nodes { ...F } } b: products { nodes { ...F } } } fragment F on Product { %s }"
    assert refusal(document % " ".join(f"c{i}: id" for i in range(13))) is None
    assert "16 aliases" in str(refusal(document % " ".join(f"c{i}: id" for i in range(14))))


def test_introspection_has_a_depth_of_its_own() -> None:
    assert refusal(get_introspection_query(specified_by_url=True, directive_is_repeatable=True)) is None
    deeper = "{ __schema { types { fields { type " + "{ ofType " * 11 + "{ name }" + " }" * 11 + " } } } }"
    assert refusal(deeper) == "This operation asks the schema 16 levels deep; at most 15 are allowed."
    circular = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    assert refusal(circular) == "Maximum introspection depth exceeded"


@pytest.mark.parametrize(
    "document",
    [
        "{ __schema {" + " ".join(f"a{i}: types {{ fields {{ name args {{ name }} }} }}" for i in range(15)) + "} }",
        "{ __schema { types { ...A } } } fragment A on __Type {" + " ".join(f"a{i}: fields {{ ...B }}" for i in range(5)) + "}"
        " fragment B on __Field {" + " ".join(f"b{i}: type {{ ...C }}" for i in range(5)) + "}"
        " fragment C on __Type {" + " ".join(f"c{i}: ofType {{ name kind description }}" for i in range(5)) + "}",
        "query ($name: String!) { __type(name: $name) {"
        + " ".join(f"a{i}: fields {{ type {{ fields {{ name }} }} }}" for i in range(9))
        + "} }",
        "{ __schema { types { fields { type { " + "... { ofType { " * 5 + "...F" + "} }" * 5 + "} } } } }"
        " fragment F on __Type { name fields { a: name b: name c: name d: name e: name type { name } } }",
    ],
    ids=["lists", "levels", "one type", "inline"],
)
def test_number_of_introspection_fields_is_limited(document: str) -> None:
    sentence = "This operation asks for more than 300 fields of the schema, its lists written out; ask for less."
    assert refusal(document, Limits(introspected_fields=300)) == sentence
    assert refusal(document, Limits(introspected_fields=1_000_000)) is None
    assert calls_of(lambda: refusal(document, Limits(introspected_fields=300))) < 100_000


def test_named_types_are_counted_by_their_size() -> None:
    small = "{ " + " ".join(f'a{i}: __type(name: "ProductBy") {{ name inputFields {{ name }} }}' for i in range(15)) + " }"
    unknown = '{ __type(name: "Nothing") { fields { name type { fields { name } } } } }'
    assert refusal(small, Limits(introspected_fields=15 * 5)) is None
    assert refusal(small, Limits(introspected_fields=15 * 5 - 1)) is not None
    assert refusal(unknown, Limits(introspected_fields=1)) is None
    assert refusal("query ($name: String!) { __type(name: $name) { name } }", Limits(introspected_fields=10)) is not None


def test_introspection_count_equals_the_fields_of_the_response() -> None:
    document = "{ __schema { queryType { name fields { name } } directives { name args { name } } } }"
    answered = fields_of(schema.execute_sync(document).data)
    assert refusal(document, Limits(introspected_fields=answered)) is None
    assert refusal(document, Limits(introspected_fields=answered - 1)) is not None


def fields_of(answer: object) -> int:
    """Count the fields of a result."""
    if isinstance(answer, dict):
        return len(answer) + sum(map(fields_of, answer.values()))
    return sum(map(fields_of, answer)) if isinstance(answer, list) else 0


def test_doubling_selections_are_counted_without_expanding_them() -> None:
    assert refusal(doubling(30)) is not None
    written_out = "This operation selects 8,190 fields, fragments written out; at most 5,000 are allowed."
    assert refusal(doubling(11), Limits(depth=50)) == written_out


@pytest.mark.parametrize(
    ("document", "nodes"),
    [
        ("{ hello }", 0),
        ("{ product(by: {id: 1}) { twin { id } } }", 0),
        ("{ products(first: 7) { nodes { id } } }", 7),
        ("{ products(last: 7) { nodes { id } } }", 7),
        ("{ products(first: 7, last: 9) { nodes { id } } }", 9),
        ("{ products { nodes { id } } }", 50),
        ("{ products(first: null) { nodes { id } } }", 50),
        ("{ products(first: 0) { nodes { similar { nodes { id } } } } }", 0),
        ("{ products(first: -1) { nodes { id } } }", 0),
        ("{ product(by: {id: 1}) { similar { nodes { id } } } }", 3),
        ("{ products(first: 7) { nodes { similar { nodes { id } } } } }", 7 + 7 * 3),
        ("{ products(first: 7) { nodes { similar(first: 2) { nodes { similar { nodes { id } } } } } } }", 7 + 14 + 42),
        ("{ products(first: 7) { nodes { ...F } } } fragment F on Product { similar { nodes { id } } }", 28),
        ("{ a: products(first: 7) { nodes { id } } b: products(first: 3) { nodes { id } } }", 10),
        ("{ ... { ...F ...F } } fragment F on Query { products(first: 7) { nodes { id } } }", 7),
    ],
)
def test_cost_counts_the_nodes_of_connections(document: str, nodes: int) -> None:
    assert cost(document) == nodes


def test_cost_follows_the_variables() -> None:
    document = "query ($n: Int = 4, $m: Int) { products(first: $n) { nodes { similar(first: $m) { nodes { id } } } } }"
    assert cost(document) == 4 + 4 * 3
    assert cost(document, n=10, m=2) == 10 + 20
    assert cost(document, n=None, m=2) == 50 + 100
    assert cost(document, n="x", m=True) == 50 + 150
    assert cost(document, n=10.0, m=0) == 10


def test_cost_is_computed_once_for_the_same_sizes() -> None:
    operation = measure(schema._schema, parse("query ($n: Int) { products(first: $n) { nodes { id } } }"), LIMITS)[0]
    for n in range(1_000):
        assert operation.cost({"n": n, "other": object()}) == n
    assert len(operation._costs) <= 64


def rings(count: int) -> str:
    return "{ ...F0 } " + " ".join(f"fragment F{i} on Query {{ ...F{(i + 1) % count} }}" for i in range(count))


def crowd(count: int) -> str:
    spreads = " ".join(f"...F{i}" for i in range(count))
    fragments = " ".join(f"fragment F{i} on Product {{ id name twin {{ id name }} }}" for i in range(count))
    return f"{{ products {{ nodes {{ {spreads} }} }} }} {fragments}"


def ladder(count: int) -> str:
    fragments = (f"fragment F{i} on Product {{ id {' '.join(f'...F{j}' for j in range(i + 1, count))} }}" for i in range(count))
    return "{ products { nodes { ...F0 } } } " + " ".join(fragments)


@pytest.mark.parametrize(
    "hostile",
    [
        lambda: doubling(70),
        lambda: rings(150),
        lambda: crowd(95),
        lambda: ladder(40),
        lambda: "{ products { nodes { " + "id " * 1_900 + "} } }",
        lambda: "{ products { nodes { " + "twin { id } " * 480 + "} } }",
        lambda: "{ products { nodes { " + "... on Product { id } " * 300 + "} } }",
        lambda: "{ products { nodes { " + "... { " * 600 + "id" + " }" * 600 + " } } }",
        lambda: "query (" + "$v: Int " * 400 + ") { hello }",
        lambda: "{" * 2_000,
        lambda: '{ hello(name: """' + "\n" * 99_000 + '""") }',
        lambda: "{ " + "x" * 99_000 + " }",
        lambda: "{ hello(name: " + "[" * 1_900 + ") }",
    ],
    ids=[
        "doubling", "rings", "crowd", "ladder", "same field", "same object", "inline", "nested", "variables",
        "braces", "block string", "long name", "lists",
    ],
)  # fmt: skip
def test_hostile_document_causes_bounded_work(hostile: Callable[[], str]) -> None:
    document = hostile()
    assert len(document) <= 100_000
    # Numbers of calls are the same on every machine; this many take about 0.1 s on a slow one.
    assert calls_of(lambda: refusal(document)) < 600_000


def calls_of(work: Callable[[], object]) -> int:
    """Count the function calls of some work."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls
