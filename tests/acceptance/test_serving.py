"""Starting and stopping servers."""

import json
import re
import time
from pathlib import Path

import httpx
import pytest

from tests.acceptance.client import http
from tests.acceptance.server import START_LASTS, Installation, Server, assert_one_sentence

STREAM = "subscription ($after: EventCursor) { leadChanged(after: $after) { cursor } }"


def test_server_is_alive_and_ready(server: Server) -> None:
    assert http.get(f"{server.base}/healthz").status_code == 200
    assert http.get(f"{server.base}/readyz").status_code == 200


def test_graphiql_is_served(server: Server) -> None:
    page = http.get(f"{server.base}/graphiql")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_interrupted_server_ends_cleanly_with_streams_open(with_organization: Installation, workers: str) -> None:
    with with_organization.serving("--workers", workers) as server:
        wait_until_all_have_started(server, int(workers))
        rep = server.member("rep@acme.example")
        start = rep.cursor()
        with rep.socket() as socket, rep.events(STREAM, after=start) as events, rep.socket():
            socket.subscribe(STREAM, after=start)
            assert server.interrupt() == 0
            with pytest.raises(AssertionError, match="ended"):
                events.alert()
        assert list(with_organization.folder.glob("gql-leads-metrics-*")) == []
        assert "Traceback" not in server.log
        assert "[error" not in server.log  # Uvicorn logs an error if it has to wait for open streams.


def wait_until_all_have_started(server: Server, workers: int) -> None:
    """Wait for every worker: one that is interrupted while Python starts prints a traceback."""
    deadline = time.monotonic() + START_LASTS
    while server.log.count("Application startup complete") < workers:
        assert time.monotonic() < deadline, server.log
        time.sleep(0.05)


def test_interrupted_server_without_clients_ends_cleanly(with_organization: Installation) -> None:
    with with_organization.serving() as server:
        assert server.interrupt() == 0
        assert "Traceback" not in server.log


def test_first_start_adds_the_demo_and_prints_address_and_token(empty_installation: Installation) -> None:
    with empty_installation.serving("--demo") as server:
        *_, where, what, token = server.log.partition("GraphiQL:")[2].split("\n")[:3]
        assert where.strip() == f"http://127.0.0.1:{server.port}/graphiql"
        assert "rep@acme.example" in what
        listed = server.stranger(token).ask("{ viewer { member { email } } leads { totalCount } }")
        assert listed["viewer"] == {"member": {"email": "rep@acme.example"}}
        assert listed["leads"]["totalCount"] > 0
        everything = server.member("admin@vendor.example").ask("{ leads { totalCount } }")["leads"]["totalCount"]
        assert server.interrupt() == 0
    with empty_installation.serving("--demo") as again:
        assert "added" not in again.log
        assert again.member("admin@vendor.example").ask("{ leads { totalCount } }")["leads"]["totalCount"] == everything


def test_rotated_secret_keeps_tokens_cursors_and_links_until_it_is_removed(with_organization: Installation) -> None:
    secrets = ["the first secret of thirty-two bytes", "another secret of thirty-two bytes"]
    changes = "query ($after: EventCursor) { leadChanges(after: $after) { nodes { kind } } }"
    with with_organization.serving(secret=secrets[0]) as server:
        token = with_organization.run("token", "rep@acme.example", secret=secrets[0]).lines[-1]
        rep = server.stranger(token)
        cursor = rep.cursor()
        rep.do("createLead", contact={"lastName": "Bosu"})
        link = rep.do("exportLeads", "export { url }")["export"]["url"].partition("/exports/")[2]
    with with_organization.serving(secret=secrets[1], previous_secrets=secrets[0]) as server:
        rep = server.stranger(token)
        assert rep.ask(changes, after=cursor)["leadChanges"]["nodes"] == [{"kind": "CREATED"}]
        assert http.get(f"{server.base}/exports/{link}").status_code == 200
    with with_organization.serving(secret=secrets[1]) as server:
        assert server.stranger(token).post("{ viewer { roles } }").status_code == 401
        token = with_organization.run("token", "rep@acme.example", secret=secrets[1]).lines[-1]
        assert server.stranger(token).refusal(changes, after=cursor) == "CURSOR_EXPIRED"
        with server.stranger(token).socket() as socket:
            socket.subscribe(STREAM, after=cursor)
            assert socket.receive()["payload"][0]["extensions"]["code"] == "CURSOR_EXPIRED"
        assert http.get(f"{server.base}/exports/{link}").status_code == 403


def test_server_with_an_unmigrated_database_is_alive_but_not_ready(empty_installation: Installation) -> None:
    server = empty_installation.launch(auto_migrate="false")
    try:
        deadline = time.monotonic() + START_LASTS
        while not is_alive(server):
            assert time.monotonic() < deadline, server.log
            time.sleep(0.1)
        assert http.get(f"{server.base}/readyz").status_code == 503
        assert empty_installation.run("migrate").status == 0
        server.wait_until_ready()
    finally:
        server.kill()


def is_alive(server: Server) -> bool:
    try:
        return http.get(f"{server.base}/healthz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("workers", ["1", "2"])
def test_wrong_hash_in_the_documents_file_stops_the_start(installation: Installation, tmp_path: Path, workers: str) -> None:
    file = tmp_path / "documents.json"
    wrong = f"sha256:{'0' * 64}"
    file.write_text(json.dumps({wrong: "{ __typename }"}))
    assert_one_sentence(installation.run("serve", "--workers", workers, documents_file=str(file)), "GQL_LEADS_DOCUMENTS_FILE", wrong)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_taken_port_is_told_before_anything_is_done_with_the_command_that_chooses_another(
    server: Server, empty_installation: Installation, workers: str
) -> None:
    ended = empty_installation.run("serve", "--port", str(server.port), "--demo", "--workers", workers)
    assert_one_sentence(ended, f"Port {server.port} of 127.0.0.1 is taken.")
    command = re.search(r"python -m gql_leads serve --demo --workers \d --port (\d+)$", ended.log.strip())
    assert command is not None, ended.log
    assert int(command[1]) > server.port
    assert ended.out == b""  # no address and no token
    assert "0001_initial" in empty_installation.run("migrate", "--plan").lines


def test_address_of_another_machine_is_refused_in_a_sentence(installation: Installation) -> None:
    assert_one_sentence(installation.run("serve", "--host", "no.such.host.invalid"), "no.such.host.invalid", "--host")
    assert_one_sentence(installation.run("serve", "--host", "192.0.2.1"), "192.0.2.1", "--host")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_printed_address_and_token_work_at_once(with_organization: Installation, workers: str) -> None:
    server = with_organization.launch("--demo", "--workers", workers)
    try:
        deadline = time.monotonic() + START_LASTS
        while not (printed := re.search(r"GraphiQL: (\S+)/graphiql\n.*\n(\S+)\n", server.log)):
            assert time.monotonic() < deadline, server.log
            time.sleep(0.01)
        address, token = printed.groups()
        answer = http.post(f"{address}/graphql", json={"query": "{ viewer { roles } }"}, headers={"authorization": f"Bearer {token}"})
        assert answer.json() == {"data": {"viewer": {"roles": ["SALES_REP"]}}, "extensions": answer.json()["extensions"]}
    finally:
        server.kill()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_export_links_begin_with_the_address_that_the_server_listens_on(with_organization: Installation, workers: str) -> None:
    with with_organization.serving("--workers", workers, public_url="") as server:
        url = server.member("rep@acme.example").do("exportLeads", "export { url }")["export"]["url"]
        assert url.startswith(f"{server.base}/exports/Leads_")
        assert http.get(url).status_code == 200


def test_export_links_begin_with_the_public_url_if_it_is_set(with_organization: Installation) -> None:
    with with_organization.serving(public_url="https://leads.example.com/") as server:
        url = server.member("rep@acme.example").do("exportLeads", "export { url }")["export"]["url"]
        assert url.startswith("https://leads.example.com/exports/Leads_")


def test_an_ipv6_address_is_in_brackets(with_organization: Installation) -> None:
    server = with_organization.launch("--host", "::1", "--demo", public_url="")
    server.base = f"http://[::1]:{server.port}"
    try:
        server.wait_until_ready()
        assert f"GraphiQL: {server.base}/graphiql" in server.log.splitlines()
        url = server.member("rep@acme.example").do("exportLeads", "export { url }")["export"]["url"]
        assert url.startswith(f"{server.base}/exports/Leads_")
        assert http.get(url).status_code == 200
    finally:
        server.kill()
