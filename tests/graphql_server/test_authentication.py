import pytest

from gql_leads.graphql_server.policy import Policy
from tests.graphql_server.client import GRAPHQL, JSON, client, code_of, first_error, post
from tests.graphql_server.shop_schema import shop


async def test_token_identifies_the_caller() -> None:
    assert (await post(shop(), "{ whoami }")).json()["data"] == {"whoami": "ann"}


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer forged",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "customer-ann",
        "Bearer customer-ann x",
        "Bearer customer-\xe9",
    ],
)
@pytest.mark.parametrize("accept", [GRAPHQL, JSON, "text/event-stream", "text/html"])
async def test_bad_token_is_401_for_every_media_type(authorization: str, accept: str) -> None:
    headers = [(b"authorization", authorization.encode("latin-1")), (b"accept", accept.encode())]
    async with client(shop(), token=None) as http:
        response = await http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_bad_token_is_reported_before_other_errors() -> None:
    bad = {"authorization": "Bearer forged"}
    async with client(shop()) as http:
        for response in (
            await http.put("/graphql", headers=bad),
            await http.get("/graphql", headers=bad),
            await http.post("/graphql", content=b"{", headers=bad),
            await http.post("/graphql", json={"query": "{"}, headers=bad),
        ):
            assert response.status_code == 401


async def test_two_tokens_are_refused() -> None:
    async with client(shop(), token=None) as http:
        twice = [("authorization", "Bearer customer-ann"), ("authorization", "Bearer customer-bob")]
        response = await http.post("/graphql", json={"query": "{ whoami }"}, headers=twice)
    assert response.status_code == 401


@pytest.mark.parametrize("document", ["{ __typename }", "mutation { signIn }", "mutation { __typename signIn }"])
async def test_anonymous_caller_may_query_public_fields(document: str) -> None:
    response = await post(shop(), document, {"accept": JSON}, token=None)
    assert "errors" not in response.json()


@pytest.mark.parametrize(
    "document",
    [
        "{ hello }",
        "{ __typename hello }",
        "{ ...F } fragment F on Query { hello }",
        "{ ... { ... on Query { hello } } }",
        "{ __typename: hello }",
        'mutation { signIn rename(name: "x") }',
        "subscription { count }",
    ],
)
@pytest.mark.parametrize("accept", [GRAPHQL, JSON, "text/event-stream"])
async def test_anonymous_caller_may_query_nothing_else(document: str, accept: str) -> None:
    response = await post(shop(), document, {"accept": accept}, token=None)
    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")


async def test_anonymous_caller_cannot_discover_names_of_a_private_schema() -> None:
    secretive = shop(policy=Policy())
    existing, missing = await post(secretive, "{ hello }", token=None), await post(secretive, "{ helo }", token=None)
    assert existing.json() == missing.json()
    open_and_wrong = await post(secretive, "{ __typename @nope }", token=None)
    assert first_error(open_and_wrong)["message"] == "Unknown directive '@nope'."


@pytest.mark.parametrize(
    "document",
    [
        "query A { __typename } query B { %s }",
        "{ __typename } fragment F on Product { %s }",
        "fragment F on Product { %s }",
        "{ __typename ... on %s { __typename } }",
        "query ($guessed: %s) { __typename }",
        "query ($guessed: [[%s!]]!) { __typename }",
    ],
)
@pytest.mark.parametrize("guess", ["hello", "nothing", "Product", "Nothing"])
async def test_anonymous_caller_cannot_guess_names_next_to_public_fields(document: str, guess: str) -> None:
    response = await post(shop(policy=Policy()), document % guess, token=None, operationName="A" if "A" in document else None)
    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")


async def test_unavailable_service_during_sign_in_is_503() -> None:
    response = await post(shop(), "{ hello }", token="away-now")
    assert (response.status_code, code_of(response)) == (503, "SERVICE_UNAVAILABLE")
