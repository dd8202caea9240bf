"""JavaScript GraphQL clients run the scenario of `clients/story.mjs`, and wait for a free socket."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import pytest

from tests.acceptance.client import TIMEOUT_SECONDS
from tests.acceptance.node_clients import start_script
from tests.acceptance.server import Installation, Server

STORY: Final = {
    "code": "BAD_USER_INPUT",
    "live": ["CREATED", "STATUS_CHANGED"],
    "resumed": ["STATUS_CHANGED", "CONTACTED", True],
    "isOurs": True,
    "streamCode": "BAD_USER_INPUT",
}
WITHOUT_STREAMS: Final = {"code": "BAD_USER_INPUT"}


def told(installation: Installation, server: Server, node_clients: Path, script: str) -> Any:
    """Run a script as a member and return its output."""
    environ = os.environ | {"GRAPHQL_URL": f"{server.base}/graphql", "TOKEN": installation.token("rep@acme.example")}
    done = subprocess.run(
        ["node", f"{script}.mjs"], cwd=node_clients, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("client", "story"),
    [("graphql-ws", STORY), ("graphql-sse", STORY), ("apollo", STORY), ("urql", STORY), ("graphql-request", WITHOUT_STREAMS)],
)
def test_client_reads_changes_follows_resumes_and_sees_codes(
    installation: Installation, server: Server, node_clients: Path, client: str, story: dict[str, Any]
) -> None:
    server.member("rep@acme.example").cursor()  # Wait until the log contains the earlier events.
    assert told(installation, server, node_clients, client) == story


def test_graphql_over_http_audit_passes(installation: Installation, server: Server, node_clients: Path) -> None:
    audit = told(installation, server, node_clients, "audit")
    assert audit["unmet"] == []
    assert audit["met"] > 50


def test_clients_with_automatic_persisted_queries_send_the_text(installation: Installation, server: Server, node_clients: Path) -> None:
    assert told(installation, server, node_clients, "persisted") == {"apollo": ["hash", "text", True], "urql": ["hash", "text", True]}


def test_client_with_too_many_sockets_connects_when_one_is_free(installation: Installation, node_clients: Path, tmp_path: Path) -> None:
    output = tmp_path / "crowded.log"
    with installation.serving(sockets_per_member="1") as crowded:
        environ = {"GRAPHQL_URL": f"{crowded.base}/graphql", "TOKEN": installation.token("rep@acme.example")}
        with crowded.member("rep@acme.example").socket():
            client = start_script(node_clients, "crowded.mjs", environ, output)
            while output.read_text().count("closed 1013") < 2:
                assert client.poll() is None, output.read_text()
                time.sleep(0.05)
        assert client.wait(TIMEOUT_SECONDS) == 0, output.read_text()
    assert "answered true" in output.read_text()
