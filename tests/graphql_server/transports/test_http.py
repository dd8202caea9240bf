from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gql_leads.graphql_server.policy import Introspection, Policy
from tests.graphql_server.client import GRAPHQL, JSON, client, code_of, first_error, post
from tests.graphql_server.shop_schema import shop

HELLO = {"query": "{ hello }"}


async def test_response_has_data_and_cost() -> None:
    response = await post(shop(), "query ($name: String!) { hello(name: $name) }", variables={"name": "Ann"})
    assert response.status_code == 200
    assert response.json() == {"data": {"hello": "Hello Ann"}, "extensions": {"cost": 0}}


async def test_every_response_forbids_sniffing_caching_and_scripts() -> None:
    for response in (
        await post(shop(), "{ hello }"),
        await post(shop(), "{"),
        await post(shop(), "{}", {"accept": "x"}),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        (f"{JSON}; charset=utf-8", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("", JSON),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON};q=0.9, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0.5, */*;q=0.9", JSON),
        (f"multipart/mixed;deferSpec=20220824, {GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"*/*, {GRAPHQL};q=nonsense", GRAPHQL),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"{JSON};q=0, */*", GRAPHQL),
        (f"application/*, {JSON};q=0", GRAPHQL),
        (f"application/*;q=0, {JSON}", JSON),
        ("*/*;q=0, application/*;q=0.1", JSON),
        (f"*/*, {GRAPHQL}, {JSON}", GRAPHQL),
        ("APPLICATION/JSON", JSON),
    ],
)
async def test_response_has_the_preferred_media_type(accept: str, answered: str) -> None:
    response = await post(shop(), "{ hello }", {"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"


async def test_client_without_accept_header_gets_json() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(shop()), base_url="http://shop") as http:
        request = http.build_request("POST", "/graphql", json={"query": "{ __typename }"})
        del request.headers["accept"]
        response = await http.send(request)
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml, image/*", f"{JSON};q=0", f"{JSON};charset=latin-1", "*/*;q=0", "*/*, application/*;q=0"]
)
async def test_unknown_media_types_are_not_acceptable(accept: str) -> None:
    response = await post(shop(), "{ hello }", {"accept": accept})
    assert (response.status_code, code_of(response)) == (406, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($x: Int!) { products(first: $x) { nodes { id } } }", "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", "BAD_USER_INPUT"),
        ("fragment F on Query { hello }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ hello @defer }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_wrong_operation_is_400_in_the_newer_media_type_and_200_in_json(document: str, code: str) -> None:
    newer, older = await post(shop(), document), await post(shop(), document, {"accept": JSON})
    assert (newer.status_code, code_of(newer)) == (400, code)
    assert (older.status_code, code_of(older)) == (200, code)
    assert "data" not in newer.json() | older.json()


async def test_operation_is_chosen_by_its_name() -> None:
    both = 'query A { hello(name: "A") } query B { hello(name: "B") }'
    assert (await post(shop(), both, operationName="B")).json()["data"] == {"hello": "Hello B"}
    missing = await post(shop(), both, operationName="C")
    assert first_error(missing)["message"] == "This document has no operation of the name in `operationName`."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"1",
        b"null",
        b"true",
        b'"{ hello }"',
        b"[1]",
        b'[{"query":"{ hello }"}]',
        b"{",
        b"{} {}",
        b"\xff\xfe",
        b"NaN",
        b"{}",
        b'{"query":null}',
        b'{"query":1}',
        b'{"query":["{ hello }"]}',
        b'{"query":{"a":1}}',
        b'{"query":"{ hello }","variables":1}',
        b'{"query":"{ hello }","variables":"{}"}',
        b'{"query":"{ hello }","variables":[]}',
        b'{"query":"{ hello }","operationName":1}',
        b'{"query":"{ hello }","operationName":{}}',
        b'{"query":"{ hello }","extensions":"x"}',
        b'{"query":"{ hello }","documentId":7}',
        b'{"query":"{ hello }","documentId":"sha256:1"}',
        b'{"query":"\\ud800"}',
        b'{"query":"{ hello }","variables":{"x":1e999}}',
        b"[" * 100_000,
        b'{"query":"{ hello }","variables":{"x":' + b"[" * 70 + b"]" * 70 + b"}}",
        b'{"query":"{ hello }","variables":{"x":[' + b"1," * 60_000 + b"1]}}",
    ],
    ids=lambda body: body[:40].decode(errors="replace"),
)
async def test_malformed_body_is_400_with_a_sentence_in_every_media_type(body: bytes) -> None:
    async with client(shop()) as http:
        for accept in (GRAPHQL, JSON):
            response = await http.post("/graphql", content=body, headers={"content-type": JSON, "accept": accept})
            assert response.status_code == 400
            assert first_error(response)["extensions"] == {"code": "BAD_USER_INPUT"}
            assert first_error(response)["message"].endswith(".")


@pytest.mark.parametrize("innermost", ["[]", "{}", "[1]", '{"a":1}'])
async def test_json_nesting_depth_is_limited(innermost: str) -> None:
    statuses = []
    for lists in (61, 62):  # in a nested input object
        body = '{"query":"{ hello }","variables":{"x":' + "[" * lists + innermost + "]" * lists + "}}"
        async with client(shop()) as http:
            response = await http.post("/graphql", content=body, headers={"content-type": JSON})
        statuses.append(response.status_code)
    assert statuses == [200, 400]


async def test_null_and_unknown_parameters_are_ignored() -> None:
    response = await post(shop(), "{ hello }", variables=None, operationName=None, extensions=None, other=[1])
    assert response.json()["data"] == {"hello": "Hello world"}


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        f"{JSON}; charset=utf-16",
    ],
)
async def test_body_must_be_declared_as_json_in_utf8(content_type: str | None) -> None:
    async with client(shop()) as http:
        headers = {"content-type": content_type} if content_type else {}
        response = await http.post("/graphql", content=b'{"query":"{ hello }"}', headers=headers)
    assert (response.status_code, code_of(response)) == (415, "BAD_USER_INPUT")


async def test_compressed_body_is_refused() -> None:
    response = await post(shop(), "{ hello }", {"content-encoding": "gzip"})
    assert response.status_code == 415


async def test_body_over_the_limit_is_refused_with_and_without_content_length() -> None:
    app = shop(policy=Policy(body_size=1_000))
    result = await post(app, "{ hello }" + " " * 1_000)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100

    async with client(app) as http:
        untold = await http.post("/graphql", content=chunks(), headers={"content-type": JSON})
    assert result.status_code == untold.status_code == 413
    assert first_error(result)["message"] == "The body is larger than 1,000 bytes."


async def test_large_header_fields_are_refused() -> None:
    response = await post(shop(), "{ hello }", {"x-long": "x" * 17_000})
    assert response.status_code == 431


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_other_methods_get_405_with_the_allowed_ones(method: str) -> None:
    async with client(shop()) as http:
        response = await http.request(method, "/graphql", json=HELLO)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")


async def test_options_lists_the_methods() -> None:
    async with client(shop()) as http:
        response = await http.options("/graphql")
    assert (response.status_code, response.headers["allow"], response.content) == (204, "GET, HEAD, POST, OPTIONS", b"")


@pytest.mark.parametrize("header", ["graphql-require-preflight", "apollo-require-preflight", "x-requested-with"])
async def test_get_serves_queries_with_a_header_that_causes_a_preflight(header: str) -> None:
    async with client(shop()) as http:
        response = await http.get(
            "/graphql",
            params={"query": "query ($n: String!) { hello(name: $n) }", "variables": '{"n":"Ann"}'},
            headers={header: "1"},
        )
    assert response.json()["data"] == {"hello": "Hello Ann"}


async def test_head_is_served_like_get() -> None:
    async with client(shop(policy=Policy(simple_get=True))) as http:
        good, bad = await http.head("/graphql", params=HELLO), await http.head("/graphql")
    assert (good.status_code, bad.status_code) == (200, 400)
    assert good.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"


async def test_get_without_such_a_header_is_refused_unless_the_policy_allows_it() -> None:
    async with client(shop()) as http:
        refused = await http.get("/graphql", params=HELLO)
    async with client(shop(policy=Policy(simple_get=True))) as http:
        opened = await http.get("/graphql", params=HELLO)
    assert (refused.status_code, code_of(refused), opened.status_code) == (403, "FORBIDDEN", 200)


async def test_mutation_by_get_is_refused() -> None:
    async with client(shop(policy=Policy(simple_get=True))) as http:
        response = await http.get("/graphql", params={"query": "mutation { signIn }"})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("variables", ["{", "1", "[]"])
async def test_malformed_variables_in_the_url_are_refused(variables: str) -> None:
    async with client(shop(policy=Policy(simple_get=True))) as http:
        response = await http.get("/graphql", params={**HELLO, "variables": variables})
    assert response.status_code == 400


async def test_empty_parameters_in_the_url_are_ignored() -> None:
    empty = {"documentId": "", "operationName": "", "variables": "", "extensions": ""}
    async with client(shop(policy=Policy(simple_get=True))) as http:
        response = await http.get("/graphql", params={**HELLO, **empty})
        without = await http.get("/graphql", params={"query": "", **empty})
    assert response.json()["data"] == {"hello": "Hello world"}
    assert (without.status_code, code_of(without)) == (400, "BAD_USER_INPUT")


async def test_subscription_needs_an_event_stream_or_a_websocket() -> None:
    response = await post(shop(), "subscription { count }")
    assert response.status_code == 406


async def test_other_origins_may_call_only_if_allowed() -> None:
    asking = {"origin": "https://partner.example", "access-control-request-method": "POST"}
    allowing = shop(policy=Policy(allowed_origins=frozenset({"https://partner.example"})))
    async with client(shop()) as http:
        refused = await http.options("/graphql", headers=asking)
    async with client(allowing) as http:
        allowed = await http.options("/graphql", headers=asking | {"access-control-request-headers": "authorization"})
        answer = await http.post("/graphql", json=HELLO, headers={"origin": "https://partner.example"})
    assert "access-control-allow-origin" not in refused.headers
    assert allowed.headers["access-control-allow-origin"] == "https://partner.example"
    assert answer.headers["access-control-allow-origin"] == "https://partner.example"


async def test_persisted_document_is_found_by_its_id() -> None:
    app = shop(policy=Policy(persisted={"sha256:1": "{ hello }"}, only_persisted=True))
    async with client(app) as http:
        known = await http.post("/graphql", json={"documentId": "sha256:1"})
        unknown = await http.post("/graphql", json={"documentId": "sha256:2"})
        text = await http.post("/graphql", json=HELLO)
    assert known.json()["data"] == {"hello": "Hello world"}
    assert first_error(unknown)["message"] == "No document is persisted under this `documentId`."
    assert first_error(text)["message"] == "Only persisted documents are served here: send `documentId`, not `query`."
    assert {unknown.status_code, text.status_code} == {400}


@pytest.mark.parametrize("persisted", [{"version": 1, "sha256Hash": "ab"}, {"version": 2}, {}, [], "ab", 1, {"sha256Hash": ["ab"]}])
async def test_unknown_automatic_persisted_query_asks_for_the_text(persisted: Any) -> None:
    extensions = {"persistedQuery": persisted}
    async with client(shop()) as http:
        in_graphql = await http.post("/graphql", json={"extensions": extensions})
        in_json = await http.post("/graphql", json={"extensions": extensions}, headers={"accept": JSON})
        with_text = await http.post("/graphql", json=HELLO | {"extensions": extensions})
    assert (in_graphql.status_code, in_json.status_code) == (400, 200)
    for response in (in_graphql, in_json):
        error = {"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}
        assert response.json() == {"errors": [error]}
    assert with_text.json()["data"] == {"hello": "Hello world"}


async def test_automatic_persisted_query_finds_a_document_of_the_file() -> None:
    async with client(shop(policy=Policy(persisted={"sha256:ab": "{ hello }"}, only_persisted=True))) as http:
        known = await http.post("/graphql", json={"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "ab"}}})
    assert known.json()["data"] == {"hello": "Hello world"}


async def test_byte_order_mark_before_json_is_skipped() -> None:
    async with client(shop()) as http:
        posted = await http.post("/graphql", content=b'\xef\xbb\xbf{"query":"{ hello }"}', headers={"content-type": JSON})
        fetched = await http.get(
            "/graphql",
            params={"query": "query($n: String){hello(name: $n)}", "variables": '\ufeff{"n":"Ann"}'},
            headers={"graphql-require-preflight": "1"},
        )
        twice = await http.post("/graphql", content=b"\xef\xbb\xbf" * 2 + b"{}", headers={"content-type": JSON})
    assert posted.json()["data"] == {"hello": "Hello world"}
    assert fetched.json()["data"] == {"hello": "Hello Ann"}
    assert first_error(twice)["message"] == "This is not valid JSON (line 1, column 1)."


async def test_introspection_is_allowed_by_the_policy() -> None:
    schema_query = "{ __schema { queryType { name } } }"
    statuses = {}
    for introspection in Introspection:
        app = shop(policy=Policy(introspection=introspection))
        member, stranger = await post(app, schema_query), await post(app, schema_query, token=None)
        statuses[introspection.value] = (member.status_code, stranger.status_code)
    assert statuses == {"everyone": (200, 200), "members": (200, 401), "nobody": (400, 401)}
