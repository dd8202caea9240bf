"""An exported file contains exactly what the list contains."""

import csv
from urllib.parse import parse_qs, urlsplit, urlunsplit

import httpx
import pytest

from tests.acceptance.client import Member, http
from tests.acceptance.server import Installation, Server

EXPORT = "export { filename url rowCount eventCursor expiresAt }"
LIST = """query ($search: String, $filter: LeadFilter, $sort: [LeadSort!]) {
    leads(search: $search, filter: $filter, sort: $sort, first: 200) { nodes { reference } } }"""


@pytest.fixture(scope="module")
def installation(installation: Installation) -> Installation:
    installation.fill(leads=150)
    return installation


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines(keepends=True)))


@pytest.mark.parametrize(
    "asked",
    [{}, {"filter": {"stages": ["RECEIVED", "ARCHIVED"]}}, {"search": "a", "sort": [{"field": "COMPANY"}]},
     {"sort": [{"field": "EXPIRES_AT", "direction": "DESC"}]}, {"search": "nobody has this name"}],
)  # fmt: skip
@pytest.mark.parametrize("email", ["rep@acme.example", "admin@vendor.example", "seller@vendor.example"])
def test_file_contains_exactly_the_list(server: Server, email: str, asked: dict[str, object]) -> None:
    member = server.member(email)
    export = member.do("exportLeads", EXPORT, **asked)["export"]
    answer = http.get(export["url"])
    listed = [lead["reference"] for lead in member.ask(LIST, **asked)["leads"]["nodes"]]
    assert [row["Reference"] for row in rows_of(answer)] == listed
    assert export["rowCount"] == len(listed)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"].startswith("text/csv")
    assert export["filename"] in answer.headers["content-disposition"]


def test_hidden_contacts_are_not_in_the_file(server: Server, rep: Member) -> None:
    server.member("channel@vendor.example").do("createLead", contact={"lastName": "Secretive", "email": "hide@me.example"}, company="Hush")
    url = rep.do("exportLeads", EXPORT, search="Hush")["export"]["url"]
    answer = http.get(url)
    assert len(rows_of(answer)) == 1
    assert "Secretive" not in answer.text
    assert "hide@me" not in answer.text


def test_formulas_in_cells_are_escaped(rep: Member) -> None:
    rep.do("createLead", contact={"lastName": "=1+1"}, company="@SUM(A1)")
    row = rows_of(http.get(rep.do("exportLeads", EXPORT, search="@SUM(A1)")["export"]["url"]))[0]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())


def test_changed_or_cut_link_is_refused(server: Server, rep: Member) -> None:
    url = rep.do("exportLeads", EXPORT)["export"]["url"]
    parts = urlsplit(url)
    token = parse_qs(parts.query)["token"][0]
    middle = len(token) // 2
    forged = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    for wrong in (forged, token[:-1], token[1:], token + "A", "", "%00", "é", "x" * 5000):
        assert http.get(urlunsplit(parts._replace(query=f"token={wrong}"))).status_code == 403, wrong
    assert http.get(urlunsplit(parts._replace(query=""))).status_code == 403
    other = parts.path.replace("Leads_", "Lists_")
    assert http.get(urlunsplit(parts._replace(path=other))).status_code in {403, 404}
    assert http.get(url).status_code == 200


def test_link_of_another_installation_is_refused(server: Server, rep: Member, installation: Installation) -> None:
    token = parse_qs(urlsplit(rep.do("exportLeads", EXPORT)["export"]["url"]).query)["token"][0]
    with installation.serving(secret="another secret of thirty-two bytes and more") as other:
        assert http.get(f"{other.base}/exports/Leads_01012026.csv?token={token}").status_code == 403


def test_link_needs_no_token_but_creating_one_does(server: Server) -> None:
    document = "mutation { exportLeads(input: {}) { export { url } } }"
    assert server.stranger().refusal(document) == "UNAUTHENTICATED"


def test_stream_from_the_export_cursor_continues_after_the_file(rep: Member) -> None:
    export = rep.do("exportLeads", EXPORT)["export"]
    lead_id = rep.do("createLead", contact={"lastName": "Later"})["lead"]["id"]
    later = rep.changes_until(lambda change: change["leadId"] == lead_id, after=export["eventCursor"])
    assert later[-1]["leadId"] == lead_id
