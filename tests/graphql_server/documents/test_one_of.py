"""`@oneOf` inputs are validated with the document, so that nothing of an invalid one is executed."""

from typing import Any

import pytest
import strawberry

from gql_leads.graphql_server.documents.cache import Documents
from gql_leads.graphql_server.documents.limits import Limits
from gql_leads.graphql_server.graphql_core_internals import core_schema
from tests.graphql_server.client import code_of, first_error, post
from tests.graphql_server.shop_schema import Ledger, ProductBy, shop

VALID = "{id: 1}"


@strawberry.type
class NullablePositions:
    @strawberry.field
    def find(self, one: ProductBy | None = None, any: list[ProductBy | None] | None = None) -> int:
        return 0


positions = strawberry.Schema(NullablePositions)


@pytest.mark.parametrize(
    ("definitions", "given", "variables"),
    [
        ("", '{id: 1, name: "x"}', {}),
        ("", "{id: 1, name: null}", {}),
        ("", "{}", {}),
        ("", "{id: null}", {}),
        ("($id: Int)", "{id: $id}", {"id": 1}),
        ("($id: Int = 1)", "{id: $id}", {"id": 1}),
        ("($id: Int!, $name: String)", "{id: $id, name: $name}", {"id": 1}),
        ("", "{id: $nothing}", {}),
        ("($by: ProductBy = {id: 1, name: null})", "$by", {}),
    ],
    ids=["two", "one and null", "none", "null", "nullable", "default", "absent", "undefined", "in a default"],
)
@pytest.mark.parametrize("in_fragment", [False, True], ids=["direct", "fragment"])
async def test_invalid_one_of_input_is_refused_before_anything_is_executed(
    definitions: str, given: str, variables: dict[str, Any], in_fragment: bool
) -> None:
    ledger, field = Ledger(), f"second: reserve(by: {given})"
    selection, fragment = ("...Second", f"fragment Second on Mutation {{ {field} }}") if in_fragment else (field, "")
    document = f"{fragment} mutation {definitions} {{ first: reserve(by: {VALID}) {selection} }}"
    response = await post(shop(ledger), document, variables=variables)
    assert code_of(response) == "GRAPHQL_VALIDATION_FAILED", response.text
    assert "data" not in response.json()
    assert ledger.reserved == 0


@pytest.mark.parametrize(
    ("argument", "errors"),
    [("one: {id: $id}", 1), ("any: [{id: $id}]", 1), ("any: [{name: $name}, {id: $id}]", 2), ("any: [{id: 1}, $by]", 0), ("one: $by", 0)],
)
def test_nullable_variable_is_refused_in_every_position(argument: str, errors: int) -> None:
    cache = Documents(core_schema(positions), Limits())
    used = [f"${name}: {type_}" for name, type_ in (("id", "Int"), ("name", "String"), ("by", "ProductBy")) if f"${name}" in argument]
    refused = cache.of(f"query ({', '.join(used)}) {{ find({argument}) }}").errors
    assert ["to be used for OneOf Input Object 'ProductBy'" in error["message"] for error in refused] == [True] * errors


@pytest.mark.parametrize("value", [{"id": 1, "name": "x"}, {}, {"id": None}, {"id": 1, "name": None}])
async def test_invalid_one_of_variable_is_refused_before_anything_is_executed(value: dict[str, Any]) -> None:
    ledger = Ledger()
    document = f"mutation ($by: ProductBy!) {{ first: reserve(by: {VALID}) second: reserve(by: $by) }}"
    response = await post(shop(ledger), document, variables={"by": value})
    assert code_of(response) == "BAD_USER_INPUT"
    assert "exactly one field must be specified" in first_error(response)["message"]
    assert ledger.reserved == 0


@pytest.mark.parametrize(
    ("definitions", "given", "variables"),
    [("", VALID, {}), ("($id: Int!)", "{id: $id}", {"id": 1}), ("($by: ProductBy!)", "$by", {"by": {"name": "x"}})],
)
async def test_valid_one_of_input_is_executed(definitions: str, given: str, variables: dict[str, Any]) -> None:
    response = await post(shop(), f"mutation {definitions} {{ reserve(by: {given}) }}", variables=variables)
    assert response.json()["data"] == {"reserve": 1}
