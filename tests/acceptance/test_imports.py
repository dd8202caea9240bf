"""Files go in through real servers: sent by PUT, followed live, and continued by another server when one is killed."""

import csv
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest

from tests.acceptance.client import Member, http
from tests.acceptance.server import Installation, Server, variables

PROGRESS = "id state totalRows processedRows createdRows updatedRows duplicateRows rejectedRows finishedAt"
FOLLOW = f"subscription ($id: ID!) {{ importProgress(importId: $id) {{ {PROGRESS} }} }}"
READ = f"query ($id: ID!) {{ leadImport(id: $id) {{ {PROGRESS} errors {{ row column message }} errorsUrl }} }}"
COUNT = "query ($search: String!) { leads(search: $search) { totalCount nodes { company } } }"


@pytest.fixture(scope="module")
def admin(server: Server) -> Member:
    return server.member("referrals@acme.example")


def start(member: Member, content: bytes, **more: Any) -> str:
    """Start an import, send its file and return its id."""
    started = member.do("startLeadImport", "import { id state } uploadUrl", filename="leads.csv", **more)
    assert started["import"]["state"] == "PENDING"
    sent = http.put(started["uploadUrl"], content=content)
    assert (sent.status_code, sent.text) == (202, "The file is here, and the import runs.\n")
    return str(started["import"]["id"])


def wait_until_ended(member: Member, import_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while (found := member.ask(READ, id=import_id)["leadImport"])["state"] in ("PENDING", "RUNNING"):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return dict(found)


def test_a_file_is_imported_and_its_errors_are_downloaded(admin: Member) -> None:
    content = "Last Name,Email,Country,Shape\nAda,ada@fair.example,FR,round\nBad,,Atlantis,\nAda,ADA@fair.example,FR,\n"
    done = wait_until_ended(admin, import_id := start(admin, content.encode()))
    counts = [done[f"{name}Rows"] for name in ("total", "processed", "created", "updated", "duplicate", "rejected")]
    assert (done["state"], counts) == ("SUCCEEDED", [3, 3, 1, 0, 1, 1])
    assert [(one["row"], one["column"]) for one in done["errors"]] == [(1, "Shape"), (3, "Country")]
    downloaded = http.get(done["errorsUrl"])
    rows = list(csv.DictReader(io.StringIO(downloaded.content.decode("utf-8-sig"))))
    assert [(row["Row"], row["Column"]) for row in rows] == [("1", "Shape"), ("3", "Country")]
    assert http.get(done["errorsUrl"][:-1]).status_code == 403
    listed = admin.ask("{ leadImports(first: 1) { nodes { id filename } pageInfo { hasNextPage endCursor } } }")["leadImports"]
    assert listed["nodes"] == [{"id": import_id, "filename": "leads.csv"}]
    assert admin.ask("query ($id: ID!) { node(id: $id) { id } }", id=import_id)["node"]["id"] == import_id


def test_progress_is_live_and_ends(admin: Member) -> None:
    started = admin.do("startLeadImport", "import { id } uploadUrl", filename="leads.csv")
    import_id = started["import"]["id"]
    with admin.socket() as socket:
        socket.subscribe(FOLLOW, id=import_id)
        assert socket.alert()["state"] == "PENDING"
        http.put(started["uploadUrl"], content=b"Last Name\n" + b"".join(b"Live %d\n" % at for at in range(600)))
        seen = socket.alerts_until(lambda one: one["state"] == "SUCCEEDED")
        assert socket.receive()["type"] == "complete"
    assert (seen[-1]["state"], seen[-1]["createdRows"]) == ("SUCCEEDED", 600)
    processed = [one["processedRows"] for one in seen]
    assert processed == sorted(processed)


def test_who_may_not_import_learns_nothing(server: Server, admin: Member) -> None:
    import_id = admin.do("startLeadImport", "import { id } uploadUrl", filename="leads.csv")["import"]["id"]
    for email in ("referrals@globex.example", "rep@acme.example", "channel@vendor.example"):
        other = server.member(email)
        assert other.ask(READ, id=import_id)["leadImport"] is None
        with other.socket() as socket:
            socket.subscribe(FOLLOW, id=import_id)
            assert socket.receive()["type"] == "error"
    for email in ("rep@acme.example", "channel@vendor.example"):
        assert server.member(email).refusal("{ leadImports { nodes { id } } }") == "FORBIDDEN"
        refused = server.member(email).change("startLeadImport", "uploadUrl", filename="x.csv")
        assert refused["errors"][0]["__typename"] == "NotPermitted"


@pytest.mark.parametrize(
    ("headers", "content", "status", "words"),
    [
        ({"content-encoding": "gzip"}, b"\x1f\x8b", 415, "Content-Encoding"),
        ({}, b"\x1f\x8b\x08\x00", 415, "gzip"),
        ({}, b"PK\x03\x04", 415, "Excel"),
        ({}, b"", 400, "empty"),
    ],
)
def test_what_is_no_csv_is_refused(admin: Member, headers: dict[str, str], content: bytes, status: int, words: str) -> None:
    url = admin.do("startLeadImport", "uploadUrl", filename="leads.csv")["uploadUrl"]
    sent = http.put(url, content=content, headers=headers)
    assert (sent.status_code, words in sent.text) == (status, True)
    assert http.put(url[:-1], content=b"Last Name\n").status_code == 403
    assert http.post(url, content=b"Last Name\n").status_code == 405
    assert http.put(url, content=b"Last Name\n").status_code == 202
    assert http.put(url, content=b"Last Name\n").status_code == 409


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(server: Server, admin: Member) -> None:
    url = urlsplit(admin.do("startLeadImport", "uploadUrl", filename="leads.csv")["uploadUrl"])
    with socket.create_connection(("127.0.0.1", server.port)) as sent:
        sent.sendall(f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 200000001\r\n\r\n".encode())
        assert sent.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_cut_upload_can_be_repeated(server: Server, admin: Member) -> None:
    started = admin.do("startLeadImport", "import { id } uploadUrl", filename="leads.csv")
    url = urlsplit(started["uploadUrl"])
    with socket.create_connection(("127.0.0.1", server.port)) as sent:
        sent.sendall(f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n".encode() + b"x" * 2_000_000)
    assert http.put(started["uploadUrl"], content=b"Last Name\nOnce\n").status_code == 202
    assert wait_until_ended(admin, started["import"]["id"])["createdRows"] == 1


def test_a_page_of_another_origin_may_send_a_file(admin: Member) -> None:
    url = admin.do("startLeadImport", "uploadUrl", filename="leads.csv")["uploadUrl"]
    asked = {"origin": "http://localhost:5173", "access-control-request-method": "PUT", "access-control-request-headers": "content-type"}
    answer = http.options(url, headers=asked)
    assert answer.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "PUT" in answer.headers["access-control-allow-methods"]


@pytest.fixture
def pair(installation: Installation) -> Iterator[tuple[Server, Server]]:
    """A server that takes an import at once, and one that looks for any every five seconds."""
    quick, slow = installation.launch(poll_seconds="0.05"), installation.launch(poll_seconds="5")
    try:
        for one in (quick, slow):
            one.wait_until_ready()
        yield quick, slow
    finally:
        quick.kill()
        slow.kill()


def test_an_import_survives_the_death_of_its_server(pair: tuple[Server, Server]) -> None:
    victim, survivor = pair
    rows = 6_000
    content = "Last Name,Company,Email\n" + "".join(f"L{at},Killed-{at},killed{at}@fair.example\n" for at in range(rows))
    member = survivor.member("referrals@acme.example")
    import_id = start(victim.member("referrals@acme.example"), content.encode())
    while not (done := member.ask(READ, id=import_id)["leadImport"])["processedRows"]:
        assert done["state"] in ("PENDING", "RUNNING")
        time.sleep(0.01)
    victim.kill()
    assert done["processedRows"] < rows
    done = wait_until_ended(member, import_id)
    assert (done["state"], done["processedRows"], done["createdRows"], done["duplicateRows"]) == ("SUCCEEDED", rows, rows, 0)
    assert member.ask(COUNT, search="Killed-")["leads"]["totalCount"] == rows


# Shells start background jobs with the signal ignored, and their children inherit that.
HEEDING_CTRL_C: Final = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("gql_leads", run_name="__main__")
"""


def test_the_command_imports_and_is_cancelled_by_ctrl_c(installation: Installation, admin: Member, tmp_path: Path) -> None:
    file = tmp_path / "fair.csv"
    file.write_text("Kto;Company\nBosu;By command\n")
    done = installation.run("import", str(file), "--as", "referrals@acme.example", "--mapping", "Kto=LAST_NAME")
    assert (done.status, done.lines) == (0, ["1 created, 0 updated, 0 duplicates, 0 rejected of 1 rows."]), done.log
    failed = installation.run("import", str(file), "--as", "referrals@acme.example", "--mapping", "Kto=SHOE_SIZE")
    assert failed.status == 2
    file.write_text("Last Name,Company\n" + "".join(f"L{at},Interrupted\n" for at in range(20_000)))
    process = subprocess.Popen(
        [sys.executable, "-c", HEEDING_CTRL_C, "import", str(file), "--as", "referrals@acme.example"],
        cwd=tmp_path, env=installation._environ | variables({}), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    while not (rows := admin.ask(COUNT, search="Interrupted")["leads"]["totalCount"]):
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, log = process.communicate(timeout=60)
    assert (process.returncode, b"Traceback" in log) == (130, False), log
    last = admin.ask(f"{{ leadImports(first: 1) {{ nodes {{ {PROGRESS} }} }} }}")["leadImports"]["nodes"][0]
    assert last["state"] == "CANCELLED"
    assert rows <= last["createdRows"] < 20_000
    assert admin.ask(COUNT, search="Interrupted")["leads"]["totalCount"] == last["createdRows"]


def test_an_administrators_export_comes_back(installation: Installation, server: Server) -> None:
    vendor = server.member("admin@vendor.example")
    url = vendor.do("exportLeads", "export { url }")["export"]["url"]
    before = http.get(url).content
    done = wait_until_ended(vendor, start(vendor, before))
    assert (done["state"], done["createdRows"], done["updatedRows"], done["rejectedRows"]) == ("SUCCEEDED", 0, 0, 0)
    assert done["processedRows"] == done["totalRows"]
    assert http.get(url).content == before


def test_a_download_that_breaks_off_is_seen_to_do_so(installation: Installation) -> None:
    with installation.serving() as server:
        member = server.member("admin@vendor.example")
        wait_until_ended(
            member, start(member, b"Last Name,Message\n" + b"".join(b"Long %d,%s\n" % (at, b"x" * 9_000) for at in range(2_000)))
        )
        url = member.do("exportLeads", "export { url }")["export"]["url"]
        with http.stream("GET", url) as response:
            pieces = response.iter_raw(65_536)
            next(pieces)
            server.kill()
            with pytest.raises(httpx.TransportError):
                list(pieces)
