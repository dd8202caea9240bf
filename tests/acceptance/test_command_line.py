"""Commands of `gql-leads` that use a database."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.server import Installation, Server, assert_one_sentence


@pytest.fixture(scope="module")
def full(installation: Installation) -> Installation:
    installation.fill(leads=60)
    return installation


def test_migrating_again_changes_nothing(empty_installation: Installation) -> None:
    for _ in range(2):
        assert empty_installation.run("migrate").status == 0


def test_commands_fail_on_an_unmigrated_database_without_auto_migrate(empty_installation: Installation) -> None:
    assert_one_sentence(empty_installation.run("token", "rep@acme.example", auto_migrate="false"), "migrate")


def test_demo_can_be_repeated(full: Installation) -> None:
    again = full.run("demo", "--leads", "60")
    assert again.status == 0
    assert "60 leads; 0 were added now" in again.out.decode()


def test_same_seed_gives_the_same_data(full: Installation, fresh: Installation, server: Server) -> None:
    fresh.fill(leads=60)
    document = "{ leads(first: 200, sort: [{field: COMPANY}]) { nodes { id company status stage contact { fullName email } } } }"
    with fresh.serving() as other:
        assert other.member("admin@vendor.example").ask(document) == server.member("admin@vendor.example").ask(document)


def test_organization_without_leads_is_complete(with_organization: Installation) -> None:
    with with_organization.serving() as server:
        told = server.member("admin@vendor.example").ask(
            """{ leads { totalCount } queues { name maxOpenClaimsPerPartner maxClaimsPerPartnerPerDay partners { id } }
            partners { nodes { name members { nodes { email roles } } profiles { totalCount }
                listings { nodes { kind isPublished } } } } }"""
        )
    assert told["leads"] == {"totalCount": 0}
    (queue,) = told["queues"]
    assert (queue["maxOpenClaimsPerPartner"], queue["maxClaimsPerPartnerPerDay"], queue["partners"]) == (None, None, [])
    partners = told["partners"]["nodes"]
    assert {"Acme Cloud", "Globex", "Initech"} <= {one["name"] for one in partners}
    assert len(partners) == 12
    for partner in partners:
        roles = {one["email"].partition("@")[0]: one["roles"] for one in partner["members"]["nodes"]}
        assert roles == {"rep": ["SALES_REP"], "referrals": ["REFERRAL_ADMIN"], "profile": ["BUSINESS_PROFILE_ADMIN"]}
        assert partner["profiles"]["totalCount"] >= 1
        assert {one["kind"] for one in partner["listings"]["nodes"]} == {"APPLICATION", "SERVICE"}
        assert all(one["isPublished"] for one in partner["listings"]["nodes"])


def test_token_is_the_last_line_and_authenticates(full: Installation, server: Server) -> None:
    minted = full.run("token", "REP@acme.example", "--expires", "30m")
    assert minted.status == 0
    viewer = server.stranger(minted.lines[-1]).ask("{ viewer { member { email } } }")["viewer"]
    assert viewer == {"member": {"email": "rep@acme.example"}}


def test_token_of_an_unknown_member_is_refused(full: Installation) -> None:
    assert_one_sentence(full.run("token", "nobody@acme.example"), "nobody@acme.example")


def test_partners_and_members_are_kept_by_commands(full: Installation, server: Server) -> None:
    assert full.run("partner", "add", "Umbra Works", "--country", "FR").status == 0
    assert_one_sentence(full.run("partner", "add", "UMBRA WORKS"), "another name")
    assert_one_sentence(full.run("partner", "deactivate", "Nobody"), "partner list")
    added = full.run("member", "add", "--email", "rep@umbra.example", "--name", "Rob", "--role", "SALES_REP", "--partner", "Umbra Works")
    assert added.status == 0, added.log
    assert full.run("member", "update", "rep@umbra.example", "--name", "Rob Roe", "--role", "REFERRAL_ADMIN").status == 0
    assert "rep@umbra.example\tRob Roe\tUmbra Works\tREFERRAL_ADMIN\tactive" in full.run("member", "list").lines
    rep = server.stranger(full.run("token", "rep@umbra.example").lines[-1])
    assert rep.ask("{ viewer { partner { name country } } }")["viewer"] == {"partner": {"name": "Umbra Works", "country": "FR"}}
    for command, argument in (("member", "rep@umbra.example"), ("partner", "Umbra Works")):
        assert full.run(command, "deactivate", argument).status == 0
        assert rep.post("{ viewer { roles } }").status_code == 401
        assert full.run(command, "activate", argument).status == 0
        assert rep.ask("{ viewer { roles } }")["viewer"] == {"roles": ["REFERRAL_ADMIN"]}
    assert "Umbra Works\tFR\tactive" in full.run("partner", "list").lines


def test_added_member_can_authenticate(full: Installation, server: Server) -> None:
    added = full.run("member", "add", "--email", "new@acme.example", "--name", "Neil New", "--role", "SALES_REP", "--partner", "Acme Cloud")
    assert added.status == 0, added.log
    newcomer = server.stranger(full.run("token", "new@acme.example").lines[-1])
    told = newcomer.ask("{ viewer { member { name } roles partner { name } } }")["viewer"]
    assert told == {"member": {"name": "Neil New"}, "roles": ["SALES_REP"], "partner": {"name": "Acme Cloud"}}


@pytest.mark.parametrize(
    ("email", "role", "partner"),
    [("rep@acme.example", "SALES_REP", "Acme Cloud"), ("not an address", "SALES_REP", "Acme Cloud"),
     ("x@acme.example", "SALES_REP", "Nobody Inc."),
     ("x@acme.example", "ADMINISTRATOR", "Acme Cloud"), ("x@vendor.example", "SALES_REP", "")],
)  # fmt: skip
def test_invalid_member_is_refused(full: Installation, email: str, role: str, partner: str) -> None:
    belonging = ["--partner", partner] if partner else []
    assert_one_sentence(full.run("member", "add", "--email", email, "--name", "X", "--role", role, *belonging))


def test_export_writes_what_the_member_lists(full: Installation, server: Server) -> None:
    ended = full.run("export", "--as", "rep@acme.example")
    assert ended.status == 0, ended.log
    assert ended.out.startswith(b"\xef\xbb\xbf")
    text = ended.out.decode("utf-8-sig")
    assert text.endswith("\r\n")
    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    listed = server.member("rep@acme.example").ask("{ leads(first: 200) { nodes { reference } } }")["leads"]["nodes"]
    assert [row["Reference"] for row in rows] == [lead["reference"] for lead in listed]


def test_export_is_filtered(full: Installation, server: Server) -> None:
    ended = full.run("export", "--as", "rep@acme.example", "--filter", '{"stages": ["ACCEPTED"]}')
    count = server.member("rep@acme.example").ask("{ leads(filter: {stages: [ACCEPTED]}) { totalCount } }")["leads"]["totalCount"]
    assert len(list(csv.DictReader(ended.out.decode("utf-8-sig").splitlines()))) == count


@pytest.mark.parametrize(
    "options",
    [["--as", "nobody@acme.example"], ["--as", "rep@acme.example", "--filter", "stages"], ["--as", "rep@acme.example", "--filter", "[]"],
     ["--as", "rep@acme.example", "--filter", '{"stage": ["ACCEPTED"]}'], ["--as", "rep@acme.example", "--search", "x" * 10_000]],
)  # fmt: skip
def test_invalid_export_is_refused_in_a_sentence(full: Installation, options: list[str]) -> None:
    ended = full.run("export", *options)
    assert_one_sentence(ended)
    assert ended.out == b""


def test_backup_copies_sqlite_while_it_is_served_and_refuses_postgres(full: Installation, server: Server, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    ended = full.run("backup", str(copy))
    if full.database_url.startswith("postgres"):
        assert_one_sentence(ended, "pg_dump")
        return
    assert ended.status == 0, ended.log
    assert "does not contain the secret" in ended.lines[-1]
    assert "leads.db.secret" not in ended.lines[-1]
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    everything = "{ leads { totalCount } members { totalCount } }"
    with Installation(f"sqlite://{copy}", tmp_path).serving() as restored:
        assert restored.member("rep@acme.example").ask(everything) == server.member("rep@acme.example").ask(everything)
    assert_one_sentence(full.run("backup", str(copy)), str(copy))
    assert_one_sentence(full.run("backup", str(tmp_path / "no" / "folder.db")), "folder.db")


def test_restore_replaces_a_database_that_no_server_uses(with_organization: Installation, tmp_path: Path) -> None:
    if with_organization.database_url.startswith("postgres"):
        assert_one_sentence(with_organization.run("restore", "copy.db"), "pg_restore")
        return
    file = Path(with_organization.database_url.removeprefix("sqlite://"))
    copy, kept = tmp_path / "copy.db", file.with_name(f"{file.name}.before-restore")
    counted, changes = "{ leads { totalCount } }", "query ($after: EventCursor) { leadChanges(after: $after) { nodes { kind } } }"
    with with_organization.serving() as server:
        channel = server.member("channel@vendor.example")
        before = channel.ask(counted)["leads"]["totalCount"]
        channel.do("createLead", contact={"lastName": "Bosu"})
        assert with_organization.run("backup", str(copy)).status == 0
        cursor = channel.cursor()  # of one more lead
        assert_one_sentence(with_organization.run("restore", str(copy)), "in use", "Stop")
        assert channel.ask(counted)["leads"]["totalCount"] == before + 2
    ended = with_organization.run("restore", str(copy), secret="")
    assert ended.status == 0, ended.log
    assert ended.lines[0].startswith(f"Restored {copy} to {file}.")
    assert ended.lines[1] == f"The database that it replaced is {kept}."
    assert f"{file}.secret" in ended.lines[2]
    with with_organization.serving() as server:
        channel = server.member("channel@vendor.example")
        assert channel.ask(counted)["leads"]["totalCount"] == before + 1
        assert channel.refusal(changes, after=cursor) == "CURSOR_EXPIRED"
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT count(*) FROM lead").fetchone() == (before + 2,)
    assert_one_sentence(with_organization.run("restore", str(tmp_path / "nowhere.db")), "nowhere.db")
