import logging
import re

import pytest

from gql_leads.graphql_server.policy import Policy
from tests.graphql_server.client import code_of, first_error, post
from tests.graphql_server.shop_schema import SECRET, shop


@pytest.mark.parametrize("field", ["broken", "brokenRequired", "wrongType", "graphqlError"])
async def test_unexpected_error_is_masked_and_logged_under_the_same_id(field: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = await post(shop(), f"{{ {field} }}")
    error = first_error(response)
    assert SECRET not in response.text
    assert (response.status_code, response.json()["data"]) == (
        200,
        None if field == "brokenRequired" else {field: None},
    )
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["path"] == [field]
    assert error["extensions"]["id"] in error["message"]
    assert error["extensions"]["id"] in caplog.text
    assert SECRET in caplog.text


async def test_failures_of_one_operation_share_an_id_and_few_log_entries(caplog: pytest.LogCaptureFixture) -> None:
    response = await post(shop(), "{ products(first: 50) { nodes { broken } } }")
    assert len(response.json()["errors"]) == 50
    assert len({error["extensions"]["id"] for error in response.json()["errors"]}) == 1
    assert len(caplog.records) == 5


async def test_application_decides_which_errors_are_public() -> None:
    response = await post(shop(), "{ product(by: {id: 1}) { price } }")
    error = first_error(response)
    assert error["message"] == "This product is sold out."
    assert error["extensions"] == {"code": "FORBIDDEN", "until": "Monday"}
    assert error["path"] == ["product", "price"]
    assert response.json()["data"] == {"product": {"price": None}}


async def test_unavailable_service_is_reported_in_its_field() -> None:
    assert code_of(await post(shop(), "{ away }")) == "SERVICE_UNAVAILABLE"


@pytest.mark.parametrize(
    ("document", "variables", "message"),
    [
        ("query ($x: Int) { products(first: $x) { nodes { id } } }", {"x": "5"}, "Int cannot represent"),
        ("query ($x: Int!) { products(first: $x) { nodes { id } } }", {}, "to be provided"),
        ("query ($x: DateTime!) { since(day: $x) }", {"x": "soon"}, "cannot represent a DateTime"),
        ("query ($x: Odd!) { odd(value: $x) }", {"x": "odd"}, "must be even"),
        ("query ($by: ProductBy!) { product(by: $by) { id } }", {"by": {"size": 1}}, "unknown field 'size'"),
        ("query ($by: ProductBy!) { product(by: $by) { id } }", {"by": {"id": 1, "name": "x"}}, "exactly one field"),
    ],
)
async def test_wrong_variable_is_bad_user_input(document: str, variables: dict[str, object], message: str) -> None:
    response = await post(shop(), document, variables=variables)
    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert message in first_error(response)["message"]


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ('query ($x: String = "a") { hello(name: $x) }', {"x": None}),
        ('{ node(id: "nonsense") }', {}),
    ],
)
async def test_wrong_argument_is_bad_user_input_of_its_field(document: str, variables: dict[str, object]) -> None:
    response = await post(shop(), document, variables=variables)
    assert code_of(response) == "BAD_USER_INPUT"
    assert len(first_error(response)["path"]) == 1


async def test_unexpected_exception_of_a_scalar_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    by_variable = await post(shop(), "query ($x: Odd!) { odd(value: $x) }", variables={"x": "crash"})
    by_literal = await post(shop(), '{ odd(value: "crash") }')
    assert first_error(by_variable)["message"] == "Variable '$x' has invalid value: Expected value of type 'Odd'."
    assert first_error(by_literal)["message"] == "Expected value of type 'Odd'."
    assert SECRET not in by_variable.text + by_literal.text


async def test_message_truncates_quoted_input() -> None:
    response = await post(shop(), "query ($x: Decimal!) { money(of: $x) }", variables={"x": "x" * 100_000})
    assert len(response.content) < 1_000


@pytest.mark.parametrize("document", ["{ helo }", "{ hello(nam: 1) }", "{ ...F } fragment F on Quer { hello }", "{ hello(name: 'x') }"])
async def test_no_message_suggests_a_name(document: str) -> None:
    response = await post(shop(), document)
    assert "did you mean" not in response.text.lower()


SUGGESTED = [
    ("{ helo }", None, "hello"),
    ("{ hello(nam: 1) }", None, "name"),
    ("{ ...F } fragment F on Quer { hello }", None, "Query"),
    ("query ($x: ProductBy!) { product(by: $x) { name } }", {"x": {"nam": "a"}}, "name"),
    ('{ product(by: {nam: "a"}) { name } }', None, "name"),
]


@pytest.mark.parametrize(("document", "variables", "name"), SUGGESTED)
async def test_unknown_names_come_with_suggestions_only_where_the_policy_allows_them(
    document: str, variables: dict[str, object] | None, name: str
) -> None:
    open_shop, closed_shop = shop(policy=Policy(suggestions=True)), shop()
    assert re.search(f"Did you mean .*'{name}'", first_error(await post(open_shop, document, variables=variables))["message"])
    assert "did you mean" not in (await post(closed_shop, document, variables=variables)).text.lower()


async def test_result_that_is_no_json_is_masked() -> None:
    response = await post(shop(), "{ huge }")
    assert (response.json()["data"], code_of(response)) == (None, "INTERNAL_SERVER_ERROR")


async def test_number_of_validation_errors_is_limited() -> None:
    response = await post(shop(), "{" + " ".join(f"x{i}" for i in range(20)) + "}")
    assert len(response.json()["errors"]) == 11
