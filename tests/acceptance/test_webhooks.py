"""Webhooks with real parts: a receiver in its own process that misbehaves, TLS, two servers, and kills in mid-delivery."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pytest
from standardwebhooks import Webhook as Verifier

from tests.acceptance import webhook_receiver
from tests.acceptance.client import Member
from tests.acceptance.server import Installation, Server
from tests.acceptance.waiting import wait_until
from tests.acceptance.webhook_receiver import Receiver
from tests.certificates import write_certificate
from tests.fixtures import open_app_context

ONCE: Final = ("ok", "slow", "large", "endless")
TWICE: Final = ("failing", "redirecting", "gone", "dropping", "hanging")
"""Behaviours that make the first attempt fail."""
BATCH: Final = 16
LEADS: Final = 10
NOTES: Final = 3
KILLS: Final = 2
SETTINGS: Final = {"webhook_allow_private": "true", "webhook_retry_seconds": "1", "poll_seconds": "0.2"}
DELIVERIES: Final = "{ webhooks { url problem deliveries { nodes { attempts statusCode error deliveredAt nextAttemptAt } } } }"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with webhook_receiver.running(tmp_path / "received") as started:
        yield started


def save(vendor: Member, url: str) -> str:
    """Save a webhook and return its secret."""
    return str(vendor.do("saveWebhook", "secret", url=url)["secret"])


def deliveries(vendor: Member, url: str) -> list[dict[str, Any]]:
    (found,) = [one for one in vendor.ask(DELIVERIES)["webhooks"] if one["url"] == url]
    nodes: list[dict[str, Any]] = found["deliveries"]["nodes"]
    return nodes


def test_each_misbehaving_receiver_gets_the_event_in_the_end(
    with_organization: Installation, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = write_certificate(tmp_path / "trusted")
    stranger = write_certificate(tmp_path / "unknown")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    installation = Installation(with_organization.database_url, with_organization.folder, **SETTINGS)
    with ExitStack() as stack:
        trusted = stack.enter_context(webhook_receiver.running(tmp_path / "trusted.log", *authority))
        unknown = stack.enter_context(webhook_receiver.running(tmp_path / "unknown.log", *stranger))
        server = stack.enter_context(installation.serving())
        vendor = server.member("admin@vendor.example")
        secrets = {name: save(vendor, f"{receiver.base}/{name}/leads") for name in (*ONCE, *TWICE)}
        secure = save(vendor, f"{trusted.base}/ok")
        save(vendor, f"{unknown.base}/ok")
        lead = vendor.do("createLead", contact={"lastName": "Byron"})["lead"]["id"]
        wait_until(lambda: any(one["error"] for one in deliveries(vendor, f"{receiver.base}/hanging/leads")))
        hanging = str(deliveries(vendor, f"{receiver.base}/hanging/leads"))
        assert "no complete response in 15 seconds" in hanging

        def attempts() -> dict[str, list[tuple[object, ...]]]:
            listed = {name: deliveries(vendor, f"{receiver.base}/{name}/leads") for name in secrets}
            return {name: [(one["attempts"], one["statusCode"], one["error"]) for one in nodes] for name, nodes in listed.items()}

        expected = {name: [(1 if name in ONCE else 2, 200, None)] for name in secrets}
        wait_until(lambda: attempts() == expected, attempts)
        for name, secret in secrets.items():
            received = receiver.received(f"/{name}/")
            assert len(received) == expected[name][0][0], name
            assert len({one["headers"]["webhook-id"] for one in received}) == 1
            for one in received:
                message = Verifier(secret).verify(one["body"], one["headers"])
                assert (message["type"], message["data"]["leadId"]) == ("lead.created", lead)
        assert receiver.received("/elsewhere") == []
        (arrived,) = trusted.received()
        assert Verifier(secure).verify(arrived["body"], arrived["headers"])["data"]["leadId"] == lead
        (refused,) = deliveries(vendor, f"{unknown.base}/ok")
        assert "certificate verify failed" in refused["error"]
        assert (refused["deliveredAt"], unknown.received()) == (None, [])
        assert "Traceback" not in server.log


def end_leases(installation: Installation) -> None:
    """Let the leases of killed servers end now and not in 45 seconds."""

    async def write() -> None:
        async with open_app_context(installation.database_url) as app:
            await app.database.writing.execute("UPDATE webhook SET leased_until = 0 WHERE leased_until IS NOT NULL")

    asyncio.run(write())


def events_of(received: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return lead, cursor and webhook-id of requests."""
    data = [json.loads(one["body"])["data"] for one in received]
    return [(event["leadId"], event["cursor"], one["headers"]["webhook-id"]) for event, one in zip(data, received, strict=True)]


def test_no_event_is_lost_and_each_lead_keeps_its_order_when_servers_are_killed(
    with_organization: Installation, receiver: Receiver
) -> None:
    installation = Installation(with_organization.database_url, with_organization.folder, **SETTINGS)
    servers: list[Server] = []
    try:
        servers = [installation.launch(), installation.launch()]
        for server in servers:
            server.wait_until_ready()
        vendor = servers[0].member("admin@vendor.example")
        start = vendor.cursor()
        save(vendor, f"{receiver.base}/slow/leads")
        leads = [vendor.do("createLead", contact={"lastName": "Byron"})["lead"]["id"] for _ in range(LEADS)]
        for _ in range(NOTES):
            for lead in leads:
                vendor.do("addLeadNote", selection="lead { id }", leadId=lead, body="Called.")
        for _ in range(KILLS):
            before = len(receiver.received())
            wait_until(lambda before=before: len(receiver.received()) > before)  # type: ignore[misc]
            for server in servers:
                server.kill()
            end_leases(installation)
            servers = [installation.launch(), installation.launch()]
            for server in servers:
                server.wait_until_ready()
        vendor = servers[0].member("admin@vendor.example")
        wait_until(lambda: all(one["deliveredAt"] for one in deliveries(vendor, f"{receiver.base}/slow/leads")))
        wait_until(lambda: len({one[1] for one in events_of(receiver.received())}) == LEADS * (NOTES + 1), receiver.received)
        log = [(one["leadId"], one["cursor"]) for one in vendor.changes(start)]
    finally:
        for server in servers:
            server.kill()
    received = events_of(receiver.received())
    assert len(log) == LEADS * (NOTES + 1)
    for lead in leads:
        cursors = [cursor for one, cursor, _ in received if one == lead]
        assert [cursor for cursor, _ in groupby(cursors)] == [cursor for one, cursor in log if one == lead]
    assert len({(cursor, message_id) for _, cursor, message_id in received}) == len({message_id for *_, message_id in received}) == len(log)
    assert len(received) - len(log) <= KILLS * BATCH
    assert all("Traceback" not in server.log for server in servers)
