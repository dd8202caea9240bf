"""Help, wrong usage and wrong settings of `gql-leads`, which need no database."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from gql_leads.api.schema import schema
from gql_leads.cli.main import COMMANDS as COMMANDS_OF_MAIN
from gql_leads.cli.main import load_command
from tests.acceptance.server import Installation, assert_one_sentence

COMMANDS = [
    "serve",
    "migrate",
    "schema",
    "backup",
    "restore",
    "new-epoch",
    "export",
    "demo",
    "token",
    "init",
    "member",
    "member add",
    "member invite",
    "api-key",
    "api-key create",
    "partner",
    "partner add",
]
HELP_IMPORTS = {"gql_leads.app", "gql_leads.settings", "strawberry", "tortoise", "uvicorn", "rich.progress"}


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


def test_list_of_commands_repeats_the_first_line_of_their_help() -> None:
    for name, command in COMMANDS_OF_MAIN.items():
        loaded = load_command(command)
        assert loaded.help.partition("\n")[0] == command.help, name


def test_help_and_version_import_nothing_that_is_slow(nowhere: Installation) -> None:
    for option in ("--help", "--version"):
        command = [sys.executable, "-X", "importtime", "-m", "gql_leads", option]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=nowhere.folder)
        imported = set(re.findall(r"([\w.]+)$", done.stderr, re.MULTILINE))
        assert "gql_leads.cli.main" in imported
        assert imported & HELP_IMPORTS == set()


def test_version_is_printed(nowhere: Installation) -> None:
    assert nowhere.run("--version").lines == [f"gql-leads {version('gql-leads')}"]


@pytest.mark.parametrize(
    ("words", "completed"),
    [("gql-leads s", ["serve", "schema"]), ("gql-leads member a", ["add", "activate"]), ("gql-leads member add --ro", ["--role"]),
     ("gql-leads member add --role CHANNEL", ["CHANNEL_MANAGER"])],
)  # fmt: skip
def test_shell_completes_commands_options_and_values(nowhere: Installation, words: str, completed: list[str]) -> None:
    asked = {"_GQL_LEADS_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        [sys.executable, "-m", "gql_leads"], env=os.environ | asked, cwd=nowhere.folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == completed


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


def test_all_wrong_settings_are_told_at_once(nowhere: Installation) -> None:
    ended = nowhere.run("serve", secret="short", hot_hours="0", hot_huors="72")
    assert ended.status == 1
    assert sorted(line.split()[:2] for line in ended.log.splitlines()) == [
        ["gql-leads:", f"GQL_LEADS_{name}"] for name in ("HOT_HOURS", "HOT_HUORS", "SECRET")
    ]


def test_dotenv_is_read_in_development_only(nowhere: Installation, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GQL_LEADS_HOT_HOURS=0\n")
    assert_one_sentence(nowhere.run("migrate"), "GQL_LEADS_HOT_HOURS")
    assert_one_sentence(nowhere.run("migrate", environment="production"), "database")
    assert nowhere.run("--version").status == 0


def test_plan_of_migrations_is_printed(nowhere: Installation, tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/leads.db"
    assert nowhere.run("migrate", "--plan", database_url=url).lines[0] == "0001_initial"
    assert list(tmp_path.iterdir()) == []
    assert nowhere.run("migrate", database_url=url).status == 0
    assert nowhere.run("migrate", "--plan", database_url=url).lines == ["The database is up to date."]


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
