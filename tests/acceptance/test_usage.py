"""Help, wrong usage and wrong settings of `gql-leads`, which need no database."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gql_leads.api.schema import schema
from tests.acceptance.server import Installation, assert_one_sentence

COMMANDS = ["serve", "migrate", "schema", "backup", "export", "demo", "token", "member", "member add"]


@pytest.fixture
def nowhere(tmp_path: Path) -> Installation:
    """An installation without a database."""
    return Installation("sqlite:///dev/null/leads.db", tmp_path)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_has_help(nowhere: Installation, command: str) -> None:
    ended = nowhere.run(*command.split(), "--help")
    assert ended.status == 0
    assert "Usage: " in ended.out.decode()
    if not command:
        assert all(name.split()[0] in ended.out.decode() for name in COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [["no-such-command"], ["serve", "--port", "70000"], ["token", "x@y.example", "--expires", "soon"], ["member", "add", "--name", "X"]],
)
def test_wrong_usage_is_status_2(nowhere: Installation, arguments: list[str]) -> None:
    ended = nowhere.run(*arguments)
    assert ended.status == 2
    assert "Traceback" not in ended.log


@pytest.mark.parametrize(
    ("setting", "value"),
    [("database_url", "mysql://leads"), ("secret", "short"), ("hot_hours", "0"), ("hot_huors", "72")],
)
def test_wrong_setting_is_named(nowhere: Installation, setting: str, value: str) -> None:
    assert_one_sentence(nowhere.run("serve", **{setting: value}), f"GQL_LEADS_{setting.upper()}")


def test_unreachable_database_is_reported_in_a_sentence(nowhere: Installation) -> None:
    for url in ("sqlite:///dev/null/leads.db", "postgres://nobody@127.0.0.1:1/leads"):
        assert_one_sentence(nowhere.run("serve", "--port", "0", database_url=url), "database")


def test_file_that_is_not_a_database_is_reported_in_a_sentence(nowhere: Installation, tmp_path: Path) -> None:
    text = tmp_path / "leads.txt"
    text.write_text("This is no database. " * 100)
    for path in (text, tmp_path):
        assert_one_sentence(nowhere.run("migrate", database_url=f"sqlite://{path}"), str(path))


@pytest.mark.parametrize("table", ["sqlite_master", "lead_queue"])
def test_damaged_file_is_reported_in_a_sentence(nowhere: Installation, tmp_path: Path, table: str) -> None:
    path = tmp_path / "leads.db"
    assert nowhere.run("migrate", database_url=f"sqlite://{path}").status == 0
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute("SELECT max(rootpage) FROM sqlite_master WHERE ? IN ('sqlite_master', name)", (table,)).fetchone()
        first = 2 if table == "sqlite_master" else page  # Pages after the first, or pages of this table only.
    with path.open("r+b") as file:
        file.seek((first - 1) * size)
        file.write(b"?" * size * (page - first + 1))
    for command in (["serve", "--port", "0"], ["migrate"]):
        assert_one_sentence(nowhere.run(*command, database_url=f"sqlite://{path}"), str(path))


def test_production_and_postgres_require_a_secret(nowhere: Installation) -> None:
    for settings in ({"environment": "production"}, {"database_url": "postgres://postgres@127.0.0.1/leads"}):
        assert_one_sentence(nowhere.run("migrate", secret="", **settings), "GQL_LEADS_SECRET")


def test_schema_is_printed(nowhere: Installation) -> None:
    assert nowhere.run("schema").out.decode() == schema.as_str() + "\n"
