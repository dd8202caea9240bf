"""Signing in with the tokens of an identity provider, on every transport; forged tokens; its outage."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from gql_leads.services.sign_in.oidc.issuer_keys import NOTHING_KNOWN
from gql_leads.services.sign_in.tokens import INVALID_TOKEN
from tests.acceptance.client import PROTOCOL, TIMEOUT_SECONDS, Member, http
from tests.acceptance.forged_tokens import FORGED, INACTIVE, REP, Forger
from tests.acceptance.server import Installation, Server
from tests.databases import Databases
from tests.oidc_issuer import AUDIENCE, KEYS, Issuer, new_ec_key, oidc_issuer, signed
from tests.ports import reserve_port

VIEWER = "{ viewer { roles member { email } partner { id name } } }"
STREAM = "subscription { newLead { cursor } }"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with oidc_issuer() as running:
        running.published.append(new_ec_key("curve"))
        yield running


@pytest.fixture(scope="module")
def installation(
    test_databases: Databases, organization_url: str, tmp_path_factory: pytest.TempPathFactory, issuer: Issuer
) -> Iterator[Installation]:
    url = test_databases.copied(organization_url)
    yield Installation(url, tmp_path_factory.mktemp("oidc"), oidc_issuer=issuer.url, oidc_audience=AUDIENCE)
    test_databases.drop(url)


@pytest.fixture(scope="module")
def forger(server: Server, installation: Installation, issuer: Issuer) -> Forger:
    member = ("member", "add", "--email", INACTIVE, "--name", "Fay Former", "--role", "SALES_REP", "--partner", "Acme Cloud")
    key = ("api-key", "create", "--name", "CRM", "--role", "CHANNEL_MANAGER", "--as", "admin@vendor.example")
    for command in (member, ("member", "deactivate", INACTIVE), key):
        ended = installation.run(*command)
        assert ended.status == 0, ended.log
    emails = [line.partition("\t")[0] for line in installation.run("member", "list").lines]
    (service_email,) = [email for email in emails if email.endswith("@service.invalid")]
    assert server.stranger(issuer.token(REP)).post(VIEWER).status_code == 200
    return Forger(issuer, service_email)


def closed(server: Server, token: str) -> tuple[int, str]:
    """Return how the server closes a WebSocket whose connection_init has this token."""
    with connect(f"{server.base.replace('http', 'ws', 1)}/graphql", subprotocols=[PROTOCOL], open_timeout=TIMEOUT_SECONDS) as connection:
        connection.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        with pytest.raises(ConnectionClosed):
            connection.recv(TIMEOUT_SECONDS)
        assert connection.close_code is not None
        return connection.close_code, connection.close_reason or ""


def test_a_token_signs_in_on_every_transport(server: Server, issuer: Issuer) -> None:
    rep = server.stranger(issuer.token("Rep@Acme.example"))
    viewer = rep.ask(VIEWER)["viewer"]
    assert viewer["member"] == {"email": REP}
    assert viewer["partner"]["name"] == "Acme Cloud"
    assert viewer["roles"] == server.member(REP).ask(VIEWER)["viewer"]["roles"]
    before = rep.ask("{ leads(first: 1) { eventCursor } }")["leads"]["eventCursor"]
    created = rep.do("createLead", contact={"lastName": "Token"})["lead"]["id"]
    changes = "subscription ($after: EventCursor!) { leadChanged(after: $after) { leadId } }"
    with rep.socket() as socket:
        socket.subscribe(changes, after=before)
        assert socket.alert()["leadId"] == created
    with rep.events(changes, after=before) as events:
        assert events.alert()["leadId"] == created


def test_keys_and_audiences_of_every_accepted_kind(server: Server, issuer: Issuer) -> None:
    curve = issuer.published[-1]
    for token in (
        signed({"alg": "ES256", "kid": "curve"}, issuer.claims(REP), curve, "ES256"),
        signed({"alg": "PS256", "kid": issuer.key.kid, "typ": "at+JWT"}, issuer.claims(REP), issuer.key, "PS256"),
        signed({"alg": "RS256", "kid": issuer.key.kid, "jku": issuer.url + "/attacker"}, issuer.claims(REP), issuer.key),
        issuer.token(REP, aud=["crm", AUDIENCE], azp="crm", nbf=1, name="Řehoř"),
    ):
        assert server.stranger(token).ask(VIEWER)["viewer"]["member"] == {"email": REP}
    assert "/attacker" not in issuer.requests


def test_claims_choose_roles_and_confirm_the_partner(server: Server, issuer: Issuer) -> None:
    keeper = "referrals@acme.example"
    viewer = server.stranger(issuer.token(keeper, roles=["SALES_REP"], partner="acme cloud")).ask(VIEWER)["viewer"]
    assert (viewer["roles"], viewer["partner"]["name"]) == (["SALES_REP"], "Acme Cloud")
    assert "REFERRAL_ADMIN" in server.stranger(issuer.token(keeper)).ask(VIEWER)["viewer"]["roles"]
    narrowed = server.stranger(issuer.token("admin@vendor.example", roles="SELLER", partner=None))
    assert narrowed.ask(VIEWER)["viewer"] == {"roles": ["SELLER"], "member": {"email": "admin@vendor.example"}, "partner": None}
    assert narrowed.change("savePartner", "partner { id }", name="Initech")["errors"][0]["__typename"] == "NotPermitted"


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_refused_like_every_other(server: Server, forger: Forger, name: str) -> None:
    answer = server.stranger(FORGED[name](forger)).post(VIEWER)
    assert answer.status_code == 401
    assert answer.json() == {"errors": [{"message": INVALID_TOKEN, "extensions": {"code": "UNAUTHENTICATED"}}]}


def test_forged_tokens_are_refused_by_sockets_and_leave_no_traceback(server: Server, forger: Forger, issuer: Issuer) -> None:
    for name in ("alg none", "signature of another key", "e-mail not verified", "own token that names the issuer"):
        assert closed(server, FORGED[name](forger)) == (4403, INVALID_TOKEN)
    assert "Traceback" not in server.log
    assert "its roles claim names 'OWNER', which is no role of a member of a partner" in server.log
    assert issuer.requests.count(KEYS) == 2  # at the start, and one for all unknown keys of this minute


def test_the_end_of_a_token_closes_its_socket(server: Server, issuer: Issuer) -> None:
    with server.stranger(issuer.token(REP, exp=int(time.time()) + 3)).socket() as socket:
        socket.subscribe(STREAM)
        assert socket.closing_code() == 4403
        assert socket.connection.close_reason == "The token has expired."


def test_deactivation_closes_sockets_and_refuses_the_next_request(server: Server, installation: Installation, issuer: Issuer) -> None:
    email = "soon.former@acme.example"
    options = ("--email", email, "--name", "Sam Soon", "--role", "SALES_REP", "--partner", "Acme Cloud")
    assert installation.run("member", "add", *options).status == 0
    member = server.stranger(issuer.token(email, roles=["SALES_REP", "REFERRAL_ADMIN"]))
    with member.socket() as socket:
        socket.subscribe(STREAM)
        # Roles of the token are not the member's: their change closes nothing.
        assert installation.run("member", "update", email, "--role", "BUSINESS_PROFILE_ADMIN").status == 0
        socket.send(type="ping")
        assert socket.receive() == {"type": "pong"}
        assert installation.run("member", "deactivate", email).status == 0
        assert member.post(VIEWER).status_code == 401
        assert socket.closing_code() == 4403


def test_export_links_keep_the_roles_of_the_token(server: Server, issuer: Issuer) -> None:
    """A narrowed viewer's link does not read what the member's own roles would show."""
    admin = server.member("admin@vendor.example")
    admin.do("createLead", contact={"lastName": "Hidden"})
    link = "mutation { exportLeads(input: {}) { export { url rowCount } errors { message } } }"
    narrowed = server.stranger(issuer.token("admin@vendor.example", roles=["SELLER"])).ask(link)["exportLeads"]["export"]
    full = admin.ask(link)["exportLeads"]["export"]
    assert full["rowCount"] > narrowed["rowCount"]
    rows = {export["url"]: len(rows_of(export["url"])) for export in (narrowed, full)}
    assert rows == {narrowed["url"]: narrowed["rowCount"], full["url"]: full["rowCount"]}


def rows_of(url: str) -> list[str]:
    """Return the lines of a downloaded export without its header."""
    return http.get(url).text.strip().splitlines()[1:]


def test_a_server_starts_without_the_issuer_and_survives_its_outage(
    test_databases: Databases, organization_url: str, tmp_path: Any
) -> None:
    url = test_databases.copied(organization_url)
    port, holder = reserve_port()
    installation = Installation(url, tmp_path, oidc_issuer=f"http://127.0.0.1:{port}", oidc_audience=AUDIENCE)
    try:
        with holder, installation.serving() as server:
            with oidc_issuer() as elsewhere:
                early = server.stranger(elsewhere.token(REP))
            answer = early.post(VIEWER)
            assert answer.status_code == 503
            assert answer.json()["errors"] == [{"message": NOTHING_KNOWN, "extensions": {"code": "SERVICE_UNAVAILABLE"}}]
            assert closed(server, early.headers["authorization"].partition(" ")[2]) == (1013, NOTHING_KNOWN)
            assert server.member(REP).post(VIEWER).status_code == 200
            holder.close()
            with oidc_issuer(port) as issuer:
                member = server.stranger(issuer.token(REP))
                _wait_until_accepted(member)
            assert member.post(VIEWER).status_code == 200  # the issuer is away again
            assert server.is_ready()
    finally:
        test_databases.drop(url)


def _wait_until_accepted(member: Member) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while member.post(VIEWER).status_code != 200:
        assert time.monotonic() < deadline, "The issuer is never asked again"
        time.sleep(0.1)
