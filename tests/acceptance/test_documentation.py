"""Run every command block of the README and of docs/, and compare the list of settings with the settings."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final

import pytest
from standardwebhooks import Webhook as Signer

from gql_leads.settings import BY_ENVIRONMENT, SECRET_SETTINGS, Settings, load_settings
from tests.acceptance.client import http
from tests.acceptance.server import Installation, Server
from tests.ports import reserve_port

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
TIMEOUT_SECONDS: Final = 60.0


def commands_of(page: str, language: str = "sh") -> list[str]:
    """The command blocks of a page, or its blocks in another language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


# A page with a block more or less than its names here fails at import: every block has a test.
COMMANDS, TOKEN, QUERY, CLAIM, SUBSCRIPTION, RESUMPTION = commands_of("README.md")
EXPORT, FUNCTIONS, REFERRAL, QUEUE, REPORT = commands_of("docs/clients.md")
SNIPPET, NEW_LEADS, FORM, PUSH = commands_of("docs/intake.md")
SERVICE, WEBHOOK, RECEIVER, LEAD = commands_of("docs/webhooks.md")
WEBHOOK_RECEIVER, VERIFICATION = commands_of("docs/webhooks.md", "python")
COMMAND_IMPORT, API_IMPORT, EDITED_IMPORT = commands_of("docs/imports.md")
(TARGETS,) = commands_of("docs/contributing.md")
(PROBES,) = commands_of("docs/operations.md")
(BENCHMARK,) = commands_of("docs/performance.md")
# `test_production_page.py` runs the first ones.
*_, POOLER, BACKUP, NEW_EPOCH, ROTATION = PRODUCTION = commands_of("docs/production.md")
TESTED_PAGES: Final = {
    "README.md",
    "clients.md",
    "contributing.md",
    "imports.md",
    "intake.md",
    "operations.md",
    "performance.md",
    "production.md",
    "webhooks.md",
}


class Shell:
    """A shell in a folder in which the service is installed and runs."""

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
        # Each block runs in a shell of its own: later blocks of the README use the variable of an earlier one.
        self._environ["TOKEN"] = self.run(f"{QUERY.splitlines()[0]}\necho $TOKEN").strip()

    def run(self, block: str, **environ: str) -> str:
        """Run a block to its end and return its output."""
        done = subprocess.run(
            self._shell(block), cwd=self.folder, env=self._environ | environ, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def running(self, block: str) -> Iterator[Path]:
        """Run a block that does not end; yield the file with its output."""
        output = self.folder / "output"
        with output.open("wb") as file:
            process = subprocess.Popen(self._shell(block), cwd=self.folder, env=self._environ, stdout=file, start_new_session=True)
        try:
            yield output
        finally:
            os.killpg(process.pid, 9)
            process.wait()

    def _shell(self, block: str) -> list[str]:
        return ["sh", "-ec", block.replace("127.0.0.1:8000", f"127.0.0.1:{self._port}")]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("clone")
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("bin/python", "lib", "pyvenv.cfg"):
        (folder / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    # The blocks ask for a token before each request. A start of the program takes a second, so each member's token is printed again.
    (programs / "gql-leads").write_text(
        f'#!/bin/sh\nprogram={Path(sys.prefix)}/bin/gql-leads\n[ "$1" = token ] || exec "$program" "$@"\n'
        f'kept="{folder}/token of $2"\n[ -e "$kept" ] || "$program" "$@" > "$kept"\ncat "$kept"\n'
    )
    (programs / "gql-leads").chmod(0o755)
    with Installation("", folder, secret="", webhook_allow_private="true").serving("--demo") as server:
        yield Shell(folder, server)


def events_in(output: Path, count: int = 0) -> list[dict[str, Any]]:
    """The alerts that arrived, as soon as there are so many."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while len(found := re.findall(r"^data: ?(\{.*)\n", output.read_text(), re.MULTILINE)) < count:
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.05)
    return [next(iter(json.loads(data)["data"].values())) for data in found]


def test_every_page_with_commands_is_tested() -> None:
    assert {page.name for page in PAGES if "```sh" in page.read_text()} == TESTED_PAGES


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_make_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^make (\w+)", COMMANDS + TARGETS + BENCHMARK, re.MULTILINE)
    assert targets == ["run", "test", "install", "unit", "check", "test", "schema", "bench"]
    assert "\n\t@exec $(BIN)/gql-leads serve --demo --port $(PORT)\n" in makefile  # the command that the fixture `shell` runs
    assert all(f"\n{target}:" in makefile for target in targets)


def test_token_is_printed(shell: Shell) -> None:
    assert shell.run(TOKEN).splitlines()[-1].count(".") == 2


def test_query_lists_leads(shell: Shell) -> None:
    leads = json.loads(shell.run(QUERY))["data"]["leads"]
    assert leads["totalCount"] >= len(leads["nodes"]) > 0
    assert all((lead["contact"] is None) == (lead["contactHidden"] is not None) for lead in leads["nodes"])


def test_claim_shows_the_contact(shell: Shell) -> None:
    claim = json.loads(shell.run(CLAIM))["data"]["claimNextLead"]
    assert claim["errors"] == []
    assert claim["lead"]["contact"]["fullName"]
    assert claim["allowance"]["openClaims"] > 0


def test_subscription_delivers_events_and_resumes(shell: Shell) -> None:
    claimed: list[str] = []
    with shell.running(SUBSCRIPTION) as output:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not (alerts := events_in(output)):  # the start of a subscription is not reported
            assert time.monotonic() < deadline
            claimed.append(json.loads(shell.run(CLAIM))["data"]["claimNextLead"]["lead"]["reference"])
            time.sleep(0.3)
        received = events_in(output, len(claimed) - claimed.index(alerts[0]["lead"]["reference"]))
    assert [one["lead"]["reference"] for one in received] == claimed[-len(received) :]
    assert {(one["kind"], one["presence"]) for one in received} == {("CLAIMED", "CHANGED")}
    missed = [json.loads(shell.run(CLAIM))["data"]["claimNextLead"]["lead"]["reference"] for _ in range(2)]
    with shell.running(RESUMPTION.replace("PASTE THE LAST CURSOR HERE", received[-1]["cursor"])) as output:
        resumed = events_in(output, 2)
        assert [one["lead"]["reference"] for one in resumed] == missed
        live = json.loads(shell.run(CLAIM))["data"]["claimNextLead"]["lead"]["reference"]
        assert events_in(output, 3)[-1]["lead"]["reference"] == live


def test_probes_answer(shell: Shell) -> None:
    health, readiness, *metrics = shell.run(PROBES).splitlines()
    assert (health, readiness) == ("alive", "ready")
    described = re.findall(r"^\| `(gql_leads_\w+)` \|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    exposed = {line.split()[2] for line in metrics if line.startswith("# TYPE gql_leads") and not line.split()[2].endswith("_created")}
    assert exposed == set(described)


def test_export_and_backup_are_written(shell: Shell) -> None:
    shell.run(EXPORT)
    shell.run(BACKUP)
    assert "epoch" in shell.run(NEW_EPOCH)
    rows = list(csv.DictReader((shell.folder / "accepted.csv").read_text("utf-8-sig").splitlines(keepends=True)))
    assert rows
    assert {row["Stage"] for row in rows} == {"ACCEPTED"}
    assert (shell.folder / "copy-of-leads.db").stat().st_size > 0


def test_a_file_is_imported_exported_edited_and_imported_again(shell: Shell) -> None:
    assert "1 created, 0 updated, 0 duplicates, 1 rejected of 2 rows." in shell.run(COMMAND_IMPORT)
    output = shell.run(API_IMPORT)
    assert "The file is here, and the import runs." in output
    done = json.loads(output.splitlines()[-1])["data"]["leadImport"]
    assert (done["state"], done["totalRows"], done["duplicateRows"], done["rejectedRows"]) == ("SUCCEEDED", 2, 1, 1)
    assert ", 0 rejected of " in shell.run(EDITED_IMPORT)


def test_a_form_and_a_push_make_leads_that_a_subscriber_gets_at_once(shell: Shell) -> None:
    assert "<form action=" in shell.run(SNIPPET)
    with shell.running(NEW_LEADS) as output:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not events_in(output):  # the start of a subscription is not reported; each run makes a key, so nothing is repeated
            assert time.monotonic() < deadline
            assert json.loads(shell.run(FORM)) == {"status": "received"}
            time.sleep(0.3)
        assert json.loads(shell.run(PUSH)) == {"status": "received"}
        while (lead := events_in(output)[-1]["lead"])["source"] == "WEB_FORM":
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert (lead["source"], lead["company"], lead["listingTitle"]) == ("AZURE_MARKETPLACE", "Engine Works", "A new offer")


def test_a_webhook_arrives_at_the_receiver(shell: Shell) -> None:
    assert SERVICE == "GQL_LEADS_WEBHOOK_ALLOW_PRIVATE=true make run\n"  # the fixture sets the variable
    port, holder = reserve_port()
    with holder:
        (shell.folder / "receiver.py").write_text(WEBHOOK_RECEIVER.replace("9000", str(port)))
        shell.run(WEBHOOK.replace(":9000", f":{port}"))
        secret = json.loads((shell.folder / "webhook.json").read_text())["data"]["saveWebhook"]["secret"]
        with shell.running(RECEIVER) as output:
            assert json.loads(shell.run(LEAD))["data"]["createLead"]["errors"] == []
            deadline = time.monotonic() + TIMEOUT_SECONDS
            while "Engine Works" not in output.read_text():
                assert time.monotonic() < deadline
                time.sleep(0.05)
            body = json.dumps({"type": "lead.created", "data": {"lead": None}})
            now = datetime.now(UTC)
            signature = Signer(secret).sign("msg_1", now, body)
            headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
            url = f"http://127.0.0.1:{port}/leads"
            assert [http.post(url, content=body, headers=headers).status_code for _ in range(2)] == [204, 204]
            assert http.post(url, content=body + " ", headers=headers).status_code == 400
            assert output.read_text() == "lead.created Engine Works\nlead.created None\nagain None\n"


@pytest.fixture(scope="module")
def is_genuine() -> Callable[..., bool]:
    names: dict[str, Any] = {}
    exec(VERIFICATION, names)
    function: Callable[..., bool] = names["is_genuine"]
    return function


@pytest.mark.parametrize(
    ("age", "changed", "expected"), [(0, b"", True), (200, b"", True), (400, b"", False), (-400, b"", False), (0, b" ", False)]
)
def test_signatures_are_verified_by_hand(is_genuine: Callable[..., bool], age: int, changed: bytes, expected: bool) -> None:
    secret, at = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", datetime.now(UTC) - timedelta(seconds=age)
    signature = Signer(secret).sign("msg_1", at, '{"a": 1}')
    for signatures, is_valid in ((signature, expected), (f"v1,other {signature}", expected), ("v1,other", False)):
        headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signatures}
        assert is_genuine(secret, headers, b'{"a": 1}' + changed) is is_valid


def test_variables_of_the_pooler_are_settings() -> None:
    variables = dict(re.findall(r"^export (\w+)=(\S+)", POOLER, re.MULTILINE))
    settings = load_settings(variables | {"GQL_LEADS_SECRET": token_urlsafe(48)})
    assert (settings.connection_url, settings.direct_url) == (
        f"{variables['GQL_LEADS_DATABASE_URL']}?pgbouncer=true", variables["GQL_LEADS_DIRECT_DATABASE_URL"],
    )  # fmt: skip


def test_settings_are_listed_with_their_defaults() -> None:
    rows = re.findall(r"^\| `(GQL_LEADS_\w+)` \| (.*?) \| (.+) \|$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert [(name, default) for name, default, _ in rows] == [
        (f"GQL_LEADS_{name.upper()}", default_of(name)) for name in Settings.model_fields
    ]


def test_every_secret_setting_is_named_as_one() -> None:
    listed = re.search(r"Each secret setting \((.*?)\)", (ROOT / "docs" / "operations.md").read_text(), re.DOTALL)
    assert listed is not None
    assert set(re.findall(r"`GQL_LEADS_(\w+)`", listed[1])) == {name.upper() for name in SECRET_SETTINGS}


def default_of(name: str) -> str:
    """A setting's default, as the table writes it."""
    development, production = (values.get(name) for values in BY_ENVIRONMENT.values())
    if development is not None:
        return f"{as_written(development)}; {as_written(production)} in production"
    return as_written(Settings.model_fields[name].default)


def as_written(value: object) -> str:
    """A value, as an environment variable holds it."""
    if value in (None, ()):
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_examples_convert_one_lead_and_claim_another(shell: Shell) -> None:
    before, referred, queued, after = (
        [json.loads(line) for line in shell.run(FUNCTIONS + block).splitlines()] for block in (REPORT, REFERRAL, QUEUE, REPORT)
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
