"""The GraphQL endpoint of a server process with production settings."""

import asyncio
import json
import random
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gql_leads.store.database.database import Database
from tests.acceptance.client import PROTOCOL, TIMEOUT_SECONDS, Member, Socket, http
from tests.acceptance.server import Installation, Server

CODES: Final = {
    "UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "CURSOR_EXPIRED",
    "PERSISTED_QUERY_NOT_SUPPORTED", "RATE_LIMITED", "SERVICE_UNAVAILABLE", "INTERNAL_SERVER_ERROR",
}  # fmt: skip
INTERNAL: Final = re.compile(
    r"did you mean|traceback|site-packages|gql_leads|sqlite|asyncpg|tortoise|strawberry"
    r"|\bsys\.|\.py\b|0x[0-9a-f]{6}|max_str_digits",
    re.IGNORECASE,
)
INTROSPECTION: Final = "{ __schema { queryType { name } } }"
VIEWER: Final = "{ viewer { roles } }"
PERSISTED: Final = {"sha256:viewer": VIEWER}
FRIEND: Final = "https://app.example"
CHANGED: Final = "subscription { leadChanged { cursor } }"
TABLE_OF_PARTNERS: Final = ("ALTER TABLE partner RENAME TO partner_away", "ALTER TABLE partner_away RENAME TO partner")


@pytest.fixture(scope="module")
def production(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    documents = tmp_path_factory.mktemp("documents") / "documents.json"
    documents.write_text(json.dumps(PERSISTED))
    settings = {"environment": "production", "allowed_origins": FRIEND, "documents_file": str(documents), "operations_per_socket": "2"}
    with installation.serving(**settings) as ready:
        yield ready


@pytest.fixture(scope="module")
def rep(production: Server) -> Member:
    return production.member("rep@acme.example")


def error_of(answer: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["errors"][0]
    return error


def change(installation: Installation, statement: str, *parameters: object) -> None:
    """Change the database directly, without the server."""

    async def run() -> None:
        database = await Database.open(installation.database_url)
        try:
            await database.writing.execute(statement, *parameters)
        finally:
            await database.close()

    asyncio.run(run())


def test_security_headers_are_set_and_the_server_is_not_named(production: Server, rep: Member) -> None:
    for answer in (rep.post(VIEWER), rep.post("{"), production.stranger("nonsense").post(VIEWER), rep.post_raw(b"{")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers


def test_introspection_is_off_in_production(production: Server, rep: Member) -> None:
    assert production.stranger().refusal(INTROSPECTION) == "UNAUTHENTICATED"
    assert rep.refusal(INTROSPECTION) == "GRAPHQL_VALIDATION_FAILED"
    assert http.get(f"{production.base}/graphiql").status_code == 404


def test_introspection_setting_admits_members_only_and_the_rate_is_limited(installation: Installation) -> None:
    with installation.serving(environment="production", introspection="true", rate_limit="30") as server:
        member = server.stranger(installation.token("rep@acme.example"))
        assert member.ask(INTROSPECTION)["__schema"] == {"queryType": {"name": "Query"}}
        assert server.stranger().refusal(INTROSPECTION) == "UNAUTHENTICATED"
        assert http.get(f"{server.base}/graphiql").status_code == 200
        assert member.post("{ leads(first: 200) { nodes { id } } }").status_code == 429
        answers = [member.post(VIEWER)]
        while answers[-1].status_code != 429:  # A new minute may begin in between and reset the limit.
            assert len(answers) <= 60
            answers.append(member.post(VIEWER))
        assert error_of(answers[-1])["extensions"]["code"] == "RATE_LIMITED"
        assert int(answers[-1].headers["retry-after"]) > 0
        for answer in answers:
            assert answer.headers["ratelimit-policy"] == '"cost";q=30;w=60'
            assert re.fullmatch(r'"cost";r=\d+;t=\d+', answer.headers["ratelimit"])


def test_persisted_documents_are_executed_by_id(rep: Member) -> None:
    answer = rep.post_raw(json.dumps({"documentId": "sha256:viewer"}).encode())
    assert answer.json()["data"] == {"viewer": {"roles": ["SALES_REP"]}}
    by_hash = rep.post_raw(json.dumps({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "viewer"}}}).encode())
    assert by_hash.json()["data"] == {"viewer": {"roles": ["SALES_REP"]}}
    unknown = rep.post_raw(json.dumps({"documentId": "sha256:unknown"}).encode())
    assert error_of(unknown)["extensions"]["code"] == "PERSISTED_QUERY_NOT_SUPPORTED"


@pytest.mark.parametrize(("origin", "is_allowed"), [(FRIEND, True), ("https://evil.example", False)])
def test_only_allowed_origins_pass_cors(production: Server, rep: Member, origin: str, is_allowed: bool) -> None:
    asked = {"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
    preflight = http.options(f"{production.base}/graphql", headers=asked)
    assert (preflight.headers.get("access-control-allow-origin") == origin) is is_allowed
    address = f"{production.base.replace('http', 'ws', 1)}/graphql"
    if is_allowed:
        with connect(address, subprotocols=[PROTOCOL], additional_headers={"origin": origin}) as socket:
            socket.send(json.dumps({"type": "connection_init", "payload": rep.headers}))
            assert json.loads(socket.recv(TIMEOUT_SECONDS))["type"] == "connection_ack"
    else:
        with pytest.raises(InvalidStatus), connect(address, subprotocols=[PROTOCOL], additional_headers={"origin": origin}):
            pass


def test_every_error_has_a_documented_code_and_no_internals(rep: Member) -> None:
    chance = random.Random(1)
    whole = "query ($f: LeadFilter, $n: Int) { leads(first: $n, filter: $f, sort: [{field: COMPANY}]) { nodes { id contact { email } } } }"
    values: list[Any] = [None, 1, -1, 2**70, 1e300, "x", "\0", [], {}]
    values += [{"stages": ["SOLD"]}, {"company": {"contains": "x" * 5000}}, {"ids": ["é"]}]
    bodies = [b"", b"[]", b"1", b"null", b"\xff", b'{"query": 1}', b'{"query": "{viewer{roles}}", "variables": []}', b"[" * 5000]
    queries = [f"{{ leads(first: {'9' * size}) {{ nodes {{ id }} }} }}" for size in (11, 400, 5000)]
    queries += ["{ lead }", "{ leeds { id } }", "{ viewer }", "{ viewer { role } }", "{ __typename @skip }"]
    bodies += [json.dumps({"query": query}).encode() for query in queries]
    for _ in range(150):
        at, cut = sorted(chance.choices(range(len(whole)), k=2))
        query = whole[:at] + chance.choice(["", "{", "}", "$", '"', "é", "id", "...X", "@skip", "1e999", "!"]) + whole[cut:]
        bodies.append(json.dumps({"query": query, "variables": {"f": chance.choice(values), "n": chance.choice(values)}}).encode())
    seen = set()
    for body in bodies:
        answer = rep.post_raw(body)
        assert answer.status_code < 500, body
        for error in answer.json().get("errors", []):
            seen.add(error["extensions"]["code"])
            assert not INTERNAL.search(json.dumps(error)), (body, error)
    assert {"BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"} <= seen <= CODES


def test_unexpected_error_is_masked_and_logged_with_an_id(with_organization: Installation) -> None:
    with with_organization.serving() as server:
        admin = server.member("admin@vendor.example")
        broken, mended = TABLE_OF_PARTNERS
        change(with_organization, broken)
        answer = admin.post("{ partners(first: 1) { nodes { name } } }")
        change(with_organization, mended)
        error = error_of(answer)
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert not INTERNAL.search(json.dumps(error))
        assert error["extensions"]["id"] in error["message"]
        assert error["extensions"]["id"] in server.log


def closed_with(member: Member, *frames: Any, signed_in: bool = True) -> int:
    """Return the close code of a dialogue."""
    address = f"{member.base.replace('http', 'ws', 1)}/graphql"
    with connect(address, subprotocols=[PROTOCOL]) as socket:
        if signed_in:
            socket.send(json.dumps({"type": "connection_init", "payload": member.headers}))
        for frame in frames:
            socket.send(frame if isinstance(frame, str) else json.dumps(frame))
        return Socket(socket).closing_code()


SUBSCRIBED: Final = {"type": "subscribe", "id": "1", "payload": {"query": CHANGED}}


@pytest.mark.parametrize(
    ("frames", "signed_in", "code"),
    [
        (["nonsense"], True, 4400),
        ([{"type": "subscribe", "id": 1}], True, 4400),
        ([SUBSCRIBED], False, 4401),
        ([], False, 4408),
        ([SUBSCRIBED, SUBSCRIBED], True, 4409),
        ([{"type": "connection_init"}], True, 4429),
    ],
)
def test_dialogue_that_breaks_the_protocol_closes_with_its_code(rep: Member, frames: list[Any], signed_in: bool, code: int) -> None:
    assert closed_with(rep, *frames, signed_in=signed_in) == code


def test_operation_over_the_limit_is_refused_and_the_socket_stays_open(rep: Member) -> None:
    with rep.socket() as socket:
        for _ in range(3):
            socket.subscribe(CHANGED)
        refused = socket.receive()
        assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("3", "RATE_LIMITED")
        socket.send(type="ping")
        assert socket.receive()["type"] == "pong"


def test_expiring_token_closes_its_socket(production: Server, installation: Installation) -> None:
    brief = production.stranger(installation.token("rep@acme.example", timedelta(seconds=2)))
    assert closed_with(brief, SUBSCRIBED) == 4403


def test_deactivated_member_is_disconnected_and_refused(production: Server, installation: Installation) -> None:
    profile = production.member("profile@acme.example")
    with profile.socket() as socket:
        socket.subscribe(CHANGED)
        change(installation, "UPDATE member SET is_active = FALSE WHERE email = ?", "profile@acme.example")
        assert socket.closing_code() == 4403
    assert profile.post(VIEWER).status_code == 401
