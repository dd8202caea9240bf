"""The README is true: what it says to type is typed, and its list of settings is the list of settings."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from gql_leads.settings import BY_ENVIRONMENT, Settings
from tests.acceptance.server import Installation, Server

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text()
SHELL: Final = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
COMMANDS, TOKEN, QUERY, CLAIM, SUBSCRIPTION, RESUMPTION, ASKING, REFERRAL, QUEUE, REPORT, FILES, POSTGRES = SHELL
PATIENCE: Final = 60.0


class Newcomer:
    """Somebody with a shell in a folder where the service was installed and runs."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self._port = server.port
        self._environ = {name: value for name, value in os.environ.items() if not name.startswith("GQL_LEADS_")}
        if shutil.which("curl") is None:
            stand_in = folder / "bin" / "curl"
            stand_in.parent.mkdir()
            stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} {ROOT / "tests" / "curl.py"} "$@"\n')
            stand_in.chmod(0o755)
            self._environ["PATH"] = f"{stand_in.parent}:{self._environ['PATH']}"
        # What is typed later knows what was typed before.
        self._environ["TOKEN"] = self.types(f"{QUERY.splitlines()[0]}\necho $TOKEN").strip()

    def types(self, block: str) -> str:
        """What a block prints that ends by itself."""
        done = subprocess.run(
            self._shell(block), cwd=self.folder, env=self._environ, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def watching(self, block: str) -> Iterator[Path]:
        """What a block prints that goes on, in a file."""
        seen = self.folder / "seen"
        with seen.open("wb") as file:
            process = subprocess.Popen(self._shell(block), cwd=self.folder, env=self._environ, stdout=file, start_new_session=True)
        try:
            yield seen
        finally:
            os.killpg(process.pid, 9)
            process.wait()

    def _shell(self, block: str) -> list[str]:
        return ["sh", "-ec", block.replace("127.0.0.1:8000", f"127.0.0.1:{self._port}")]


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    folder = tmp_path_factory.mktemp("clone")
    (folder / ".venv").symlink_to(Path(sys.prefix))
    with Installation("", folder, secret="").serving("--demo") as server:
        yield Newcomer(folder, server)


def alerts_in(seen: Path, count: int = 0) -> list[dict[str, Any]]:
    """The alerts that arrived, as soon as there are so many."""
    deadline = time.monotonic() + PATIENCE
    while len(found := re.findall(r"^data: ?(\{.*)\n", seen.read_text(), re.MULTILINE)) < count:
        assert time.monotonic() < deadline, seen.read_text()
        time.sleep(0.05)
    return [json.loads(data)["data"]["leadChanged"] for data in found]


def test_first_commands_are_the_makefiles(newcomer: Newcomer) -> None:
    targets = re.findall(r"^make (\w+)", COMMANDS, re.MULTILINE)
    assert targets == ["run", "test"]
    makefile = (ROOT / "Makefile").read_text()
    assert "\n\t@exec $(BIN)/gql-leads serve --demo\n" in makefile  # which is what the newcomer's server was started with
    assert all(f"\n{target}:" in makefile for target in targets)


def test_token_is_printed(newcomer: Newcomer) -> None:
    assert newcomer.types(TOKEN).splitlines()[-1].count(".") == 2


def test_query_lists_leads(newcomer: Newcomer) -> None:
    leads = json.loads(newcomer.types(QUERY))["data"]["leads"]
    assert leads["totalCount"] >= len(leads["nodes"]) > 0
    assert all((lead["contact"] is None) == (lead["contactHidden"] is not None) for lead in leads["nodes"])


def test_claim_shows_the_person(newcomer: Newcomer) -> None:
    claim = json.loads(newcomer.types(CLAIM))["data"]["claimNextLead"]
    assert claim["errors"] == []
    assert claim["lead"]["contact"]["fullName"]
    assert claim["allowance"]["openClaims"] > 0


def test_alert_arrives_and_the_stream_is_resumed(newcomer: Newcomer) -> None:
    claimed: list[str] = []
    with newcomer.watching(SUBSCRIPTION) as seen:
        deadline = time.monotonic() + PATIENCE
        while not (alerts := alerts_in(seen)):  # nothing says that the stream has begun
            assert time.monotonic() < deadline
            claimed.append(json.loads(newcomer.types(CLAIM))["data"]["claimNextLead"]["lead"]["reference"])
            time.sleep(0.3)
        told = alerts_in(seen, len(claimed) - claimed.index(alerts[0]["lead"]["reference"]))
    assert [one["lead"]["reference"] for one in told] == claimed[-len(told) :]
    assert {(one["kind"], one["presence"]) for one in told} == {("CLAIMED", "CHANGED")}
    missed = [json.loads(newcomer.types(CLAIM))["data"]["claimNextLead"]["lead"]["reference"] for _ in range(2)]
    with newcomer.watching(RESUMPTION.replace("PASTE THE LAST CURSOR HERE", told[-1]["cursor"])) as seen:
        told_again = alerts_in(seen, 2)
        assert [one["lead"]["reference"] for one in told_again] == missed
        live = json.loads(newcomer.types(CLAIM))["data"]["claimNextLead"]["lead"]["reference"]
        assert alerts_in(seen, 3)[-1]["lead"]["reference"] == live


def test_files_are_written(newcomer: Newcomer) -> None:
    newcomer.types(FILES)
    rows = list(csv.DictReader((newcomer.folder / "accepted.csv").read_text("utf-8-sig").splitlines(keepends=True)))
    assert rows
    assert {row["Stage"] for row in rows} == {"ACCEPTED"}
    assert (newcomer.folder / "copy-of-leads.db").stat().st_size > 0


def test_postgres_needs_the_url_and_the_secret_and_nothing_else() -> None:
    assert re.findall(r"^export (\w+)=", POSTGRES, re.MULTILINE) == ["GQL_LEADS_DATABASE_URL", "GQL_LEADS_SECRET"]
    assert re.findall(r"gql-leads (\w+)", POSTGRES) == ["demo", "serve", "serve"]


def test_settings_are_listed_with_their_defaults() -> None:
    rows = re.findall(r"^\| `(GQL_LEADS_\w+)` \| (.*?) \| (.+) \|$", README, re.MULTILINE)
    assert [(name, default) for name, default, _ in rows] == [
        (f"GQL_LEADS_{name.upper()}", default_of(name)) for name in Settings.model_fields
    ]


def default_of(name: str) -> str:
    """A setting's default as people write it."""
    development, production = (values.get(name) for values in BY_ENVIRONMENT.values())
    if development is not None:
        return f"{as_written(development)}; {as_written(production)} in production"
    return as_written(Settings.model_fields[name].default)


def as_written(value: object) -> str:
    """A value as it is set."""
    if value in (None, ()):
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_two_leads_go_their_ways_and_the_report_shows_it(newcomer: Newcomer) -> None:
    before, referred, queued, after = (
        [json.loads(line) for line in newcomer.types(ASKING + block).splitlines()] for block in (REPORT, REFERRAL, QUEUE, REPORT)
    )
    for answer in (*referred, *queued):
        assert "errors" not in answer
        assert not any(payload.get("errors") for payload in answer["data"].values())
    accepted, logged, qualified, edited, followed = (answer["data"] for answer in referred)
    assert accepted["acceptLead"]["lead"]["stage"] == "ACCEPTED"
    assert logged["logLeadActivity"]["activity"]["subject"] == "Asked for an offer"
    assert "CONVERT" in qualified["qualifyLead"]["lead"]["allowedActions"]
    opportunity = edited["updateOpportunity"]["opportunity"]
    assert (opportunity["stage"], opportunity["amount"]) == ("NEGOTIATION", {"amount": "14000.00", "currency": "EUR"})
    assert (followed["lead"]["outcome"], followed["lead"]["status"]) == ("CONVERTED", "PURCHASED")
    _, routed, claimed = (answer["data"] for answer in queued)
    assert routed["createLead"]["lead"]["queue"] == {"name": "Japan"}
    assert claimed["claimNextLead"]["lead"]["contact"] == {"lastName": "Sato"}
    counted = [answer["data"]["leadReport"] for (answer,) in (before, after)]
    assert [counted[1][figure] - counted[0][figure] for figure in ("received", "accepted", "converted")] == [2, 1, 1]
