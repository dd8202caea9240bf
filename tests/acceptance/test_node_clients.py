"""JavaScript GraphQL clients run the scenario of `clients/story.mjs`. Needs Node and npm."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.acceptance.server import Installation, Server

SCRIPTS: Final = Path(__file__).with_name("clients")
STORY: Final = {
    "code": "BAD_USER_INPUT",
    "live": ["CREATED", "STATUS_CHANGED"],
    "resumed": ["STATUS_CHANGED", "CONTACTED", True],
    "isOurs": True,
    "streamCode": "BAD_USER_INPUT",
}
WITHOUT_STREAMS: Final = {"code": "BAD_USER_INPUT"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the scripts and their locked packages in a temporary folder."""
    folder = tmp_path_factory.mktemp("clients") / "clients"
    shutil.copytree(SCRIPTS, folder, ignore=shutil.ignore_patterns("node_modules"))
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(install, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return folder


def told(installation: Installation, server: Server, installed: Path, script: str) -> Any:
    """Run a script as a member and return its output."""
    environ = os.environ | {"GRAPHQL_URL": f"{server.base}/graphql", "TOKEN": installation.token("rep@acme.example")}
    done = subprocess.run(
        ["node", f"{script}.mjs"], cwd=installed, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("client", "story"),
    [("graphql-ws", STORY), ("graphql-sse", STORY), ("apollo", STORY), ("urql", STORY), ("graphql-request", WITHOUT_STREAMS)],
)
def test_client_reads_changes_follows_resumes_and_sees_codes(
    installation: Installation, server: Server, installed: Path, client: str, story: dict[str, Any]
) -> None:
    server.member("rep@acme.example").cursor()  # Wait until the log contains the earlier events.
    assert told(installation, server, installed, client) == story


def test_graphql_over_http_audit_passes(installation: Installation, server: Server, installed: Path) -> None:
    audit = told(installation, server, installed, "audit")
    assert audit["unmet"] == []
    assert audit["met"] > 50
