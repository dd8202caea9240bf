"""Deliveries reach a real HTTP receiver: signed, in order for each lead, again after failures, and to checked addresses only."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from gql_leads.api.values.ids import encode_id
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.lead import LeadStatus
from gql_leads.domain.outbox.lead_mails import MailKind
from gql_leads.domain.outbox.webhooks import WebhookRules
from gql_leads.domain.viewer import Viewer
from gql_leads.notifications.webhooks.client import Address, DeliveryFailed, WebhookClient
from gql_leads.notifications.webhooks.delivery import WebhookSender
from gql_leads.services.app_context import AppContext, system_clock
from gql_leads.services.leads import deletion, updates
from gql_leads.services.notifications import webhooks
from gql_leads.services.notifications.webhooks import SavedWebhook, SaveWebhook
from gql_leads.store.events import event_log
from gql_leads.store.models.mails import Mail
from gql_leads.store.models.webhooks import Webhook, WebhookDelivery
from gql_leads.store.outbox.webhooks import backlog
from tests.factories import World
from tests.fixtures import Clock, make_lead, wait_for_event_log

RULES = WebhookRules(allow_private=True)


@dataclass
class Receiver:
    """An HTTP server that keeps what it gets and answers as it is told to."""

    url: str = ""
    answers: list[str] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    at_first: Callable[[], Awaitable[object]] | None = None
    """Called once, before the first answer."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = (line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        headers = {name.lower(): value for name, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        self.received.append((headers, body))
        self.paths.append(head.split(" ")[1])
        if (call := self.at_first) is not None:
            self.at_first = None
            await call()
        is_failing = json.loads(body)["data"]["leadId"] in self.failing if body.startswith(b"{") else False
        answer = "500 No" if is_failing else self.answers.pop(0) if self.answers else "200 OK"
        writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.received]

    def kinds(self) -> list[str]:
        return [message["data"]["kind"] for message in self.messages()]

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.received]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield receiver
    server.close()


@pytest.fixture
async def app(app: AppContext) -> AppContext:
    return replace(app, webhook_rules=RULES)


async def deliver(app: AppContext) -> None:
    """Deliver everything that is due, as a server that has just started."""
    await wait_for_event_log(app)
    await deliver_readable(app)


async def deliver_readable(app: AppContext) -> None:
    """Deliver what is due and can be read while other transactions are open."""
    sender = WebhookSender(lambda: app, WebhookClient(RULES))
    await sender.start_due()
    await sender.finish()
    await sender.client.close()


async def save(app: AppContext, who: Viewer, url: str, **given: Any) -> SavedWebhook:
    """Save a webhook that begins after the events so far."""
    await wait_for_event_log(app)
    return await webhooks.save_webhook(app, who, SaveWebhook(url=url, **given))


async def stored(app: AppContext, saved: SavedWebhook) -> Webhook:
    return await Webhook.get(id=saved.webhook_id, using_db=app.database.writing.client)


async def contact(app: AppContext, world: World, lead: UUID) -> None:
    await updates.update_lead_status(app, world.rep, lead, LeadStatus.CONTACTED)


async def test_events_arrive_signed_and_in_order_with_the_lead(app: AppContext, world: World, receiver: Receiver) -> None:
    await make_lead(app, partner=world.acme)
    saved = await save(app, world.referrals, receiver.url)
    lead = await make_lead(app, partner=world.acme)
    await make_lead(app, partner=world.globex)
    await contact(app, world, lead)
    await deletion.delete_lead(app, world.referrals, lead)
    await deliver(app)
    assert receiver.kinds() == ["CREATED", "STATUS_CHANGED", "DELETED"]
    assert [message["data"]["presence"] for message in receiver.messages()] == ["ENTERED", "CHANGED", "LEFT"]
    assert receiver.messages()[2]["data"]["lead"] is None
    assert saved.secret is not None
    await deliver(app)
    assert len(receiver.received) == 3


async def test_signatures_verify_with_the_secret(app: AppContext, world: World, receiver: Receiver) -> None:
    app = replace(app, now=system_clock)  # the library compares with the real time
    saved = await save(app, world.referrals, receiver.url)
    await make_lead(app, partner=world.acme)
    await deliver(app)
    ((headers, body),) = receiver.received
    assert saved.secret is not None
    message = Verifier(saved.secret).verify(body.decode(), headers)
    assert (message["type"], message["data"]["lead"]["partner"]["name"]) == ("lead.created", "Acme Cloud")
    with pytest.raises(WebhookVerificationError):
        Verifier(saved.secret).verify(body.decode() + " ", headers)
    row = await stored(app, saved)
    assert saved.secret not in row.secret


async def test_failing_lead_is_tried_again_and_delays_no_other(app: AppContext, world: World, receiver: Receiver, clock: Clock) -> None:
    await save(app, world.referrals, receiver.url)
    lead, other = await make_lead(app, partner=world.acme), await make_lead(app, partner=world.acme)
    await contact(app, world, lead)
    receiver.failing.add(encode_id("Lead", lead))
    await deliver(app)
    await deliver(app)
    assert [message["data"]["leadId"] for message in receiver.messages()] == [encode_id("Lead", lead), encode_id("Lead", other)]
    receiver.failing.clear()
    clock.advance(seconds=6)
    await deliver(app)
    assert receiver.kinds() == ["CREATED", "CREATED", "CREATED", "STATUS_CHANGED"]
    assert receiver.ids()[0] == receiver.ids()[2] != receiver.ids()[3]


async def reports(app: AppContext) -> list[UUID | None]:
    """Return the members to whom a mail about paused webhooks was written."""
    return [mail.member_id for mail in await Mail.filter(kind=MailKind.WEBHOOKS_PAUSED).using_db(app.database.reading.client)]


async def test_delivery_is_given_up_after_three_days_and_webhook_paused_after_one(
    app: AppContext, world: World, receiver: Receiver, clock: Clock
) -> None:
    saved = await save(app, world.referrals, receiver.url)
    receiver.answers = ["500 No"] * 1_000
    await make_lead(app, partner=world.acme)
    while (await stored(app, saved)).is_active:
        await deliver(app)
        clock.advance(hours=1)
    paused = await stored(app, saved)
    assert len(receiver.received) == 25
    assert paused.problem is not None
    assert "failed for a day" in paused.problem
    assert await reports(app) == [world.admin.member_id]
    before = len(receiver.received)
    for _ in range(60):
        await deliver(app)
        clock.advance(hours=1)
    (delivery,) = await WebhookDelivery.all(using_db=app.database.writing.client)
    assert (delivery.next_attempt_at, delivery.delivered_at, delivery.status_code) == (None, None, 500)
    assert len(receiver.received) == before + 48
    assert len(await reports(app)) == 1, "an hourly attempt that fails is no news"
    receiver.answers = []
    await make_lead(app, partner=world.acme)
    await deliver(app)
    assert (await stored(app, saved)).is_active
    assert receiver.kinds()[-1] == "CREATED"


async def test_paused_webhook_gets_an_event_as_soon_as_it_is_readable(
    app: AppContext, world: World, receiver: Receiver, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    saved = await save(app, world.referrals, receiver.url)
    receiver.answers = ["500 No"] * 74
    await make_lead(app, partner=world.acme)
    for _ in range(75):  # paused at the 25th attempt, given up at the 73rd
        await deliver(app)
        clock.advance(hours=1)
    assert len(receiver.received) == 73
    assert caplog.text.count("is paused") == 1, "hourly attempts that fail are no news"
    async with app.database.transaction() as connection:
        if connection.dialect == "postgres":  # an open transaction with an id keeps later events from being read
            await connection.fetch("SELECT pg_current_xact_id()")
            await make_lead(app, partner=world.acme)
            await deliver_readable(app)
            assert len(receiver.received) == 73
    if app.database.reading.dialect != "postgres":
        await make_lead(app, partner=world.acme)
    receiver.answers = []
    await deliver(app)
    assert len(receiver.received) == 74
    assert (await stored(app, saved)).is_active


async def test_paused_webhook_is_resumed_by_saving_and_loses_nothing(
    app: AppContext, world: World, receiver: Receiver, clock: Clock
) -> None:
    saved = await save(app, world.referrals, receiver.url)
    await save(app, world.referrals, receiver.url, webhook_id=saved.webhook_id, is_active=False)
    lead = await make_lead(app, partner=world.acme)
    await contact(app, world, lead)
    await deliver(app)
    assert receiver.received == []
    await save(app, world.referrals, receiver.url, webhook_id=saved.webhook_id, is_active=True)
    await deliver(app)
    assert receiver.kinds() == ["CREATED", "STATUS_CHANGED"]


async def test_redelivery_sends_the_same_ids_again(app: AppContext, world: World, receiver: Receiver) -> None:
    saved = await save(app, world.referrals, receiver.url)
    position = await event_log.horizon(app.database.reading)
    lead = await make_lead(app, partner=world.acme)
    await contact(app, world, lead)
    await deliver(app)
    await webhooks.redeliver_webhook(app, world.referrals, saved.webhook_id, app.cursors.encode(position))
    await deliver(app)
    assert receiver.kinds() == ["CREATED", "STATUS_CHANGED"] * 2
    assert receiver.ids()[:2] == receiver.ids()[2:]
    await webhooks.redeliver_webhook(app, world.referrals, saved.webhook_id, receiver.messages()[0]["data"]["cursor"])
    await deliver(app)
    assert receiver.ids()[4:] == receiver.ids()[1:2]


async def test_kinds_and_filter_choose_the_events(app: AppContext, world: World, receiver: Receiver) -> None:
    kinds = [TimelineKind.STATUS_CHANGED]
    await save(app, world.admin, receiver.url, kinds=kinds, lead_filter={"partnerIds": [encode_id("Partner", world.acme)]})
    lead = await make_lead(app, partner=world.acme)
    await contact(app, world, lead)
    await make_lead(app, partner=world.globex)
    await deliver(app)
    assert receiver.kinds() == ["STATUS_CHANGED"]


async def test_contact_is_hidden_from_a_partner_while_the_lead_waits(app: AppContext, world: World, receiver: Receiver) -> None:
    await save(app, world.referrals, receiver.url)
    await make_lead(app)
    await deliver(app)
    (message,) = receiver.messages()
    assert (message["data"]["lead"]["contact"], message["data"]["lead"]["contactHidden"]) == (None, "UNCLAIMED")


async def test_webhook_of_a_deactivated_member_is_paused(app: AppContext, world: World, receiver: Receiver) -> None:
    saved = await save(app, world.referrals, receiver.url)
    await app.database.writing.execute("UPDATE member SET is_active = ? WHERE id = ?", False, world.referrals.member_id)
    await make_lead(app, partner=world.acme)
    await deliver(app)
    row = await stored(app, saved)
    assert (row.is_active, row.retry_at, receiver.received) == (False, None, [])
    assert "deactivated" in (row.problem or "")


async def test_trimmed_events_are_reported_and_the_rest_is_delivered(
    app: AppContext, world: World, receiver: Receiver, clock: Clock
) -> None:
    saved = await save(app, world.referrals, receiver.url)
    await make_lead(app, partner=world.acme)
    clock.advance(days=40)
    lead = await make_lead(app, partner=world.acme)
    async with app.database.transaction() as connection:
        await event_log.trim(connection, app.now() - timedelta(days=30))
    await deliver(app)
    assert [message["data"]["leadId"] for message in receiver.messages()] == [encode_id("Lead", lead)]
    assert "deleted before" in ((await stored(app, saved)).problem or "")


async def test_unreadable_events_are_reported_and_the_rest_is_delivered(app: AppContext, world: World, receiver: Receiver) -> None:
    saved = await save(app, world.referrals, receiver.url)
    damaged, lead = await make_lead(app, partner=world.acme), await make_lead(app, partner=world.acme)
    await app.database.writing.execute("UPDATE event SET kind = ? WHERE lead_id = ?", "TELEPORTED", damaged)
    await deliver(app)
    assert [message["data"]["leadId"] for message in receiver.messages()] == [encode_id("Lead", lead)]
    assert "cannot decode" in ((await stored(app, saved)).problem or "")


async def test_backlog_counts_what_waits_and_its_age(app: AppContext, world: World, receiver: Receiver, clock: Clock) -> None:
    saved = await save(app, world.referrals, receiver.url)
    assert await backlog(app.database.reading, app.now()) == (0, 0)
    receiver.answers = ["500 No"] * 2
    for _ in range(2):
        await make_lead(app, partner=world.acme)
    await make_lead(app, partner=world.acme)
    await deliver(app)
    clock.advance(seconds=3)
    assert await backlog(app.database.reading, app.now()) == (2, 3)
    await save(app, world.referrals, receiver.url, webhook_id=saved.webhook_id, is_active=False)
    assert await backlog(app.database.reading, app.now()) == (0, 0)


async def test_changes_apply_to_what_waits(app: AppContext, world: World, receiver: Receiver) -> None:
    saved = await save(app, world.referrals, receiver.url)
    for _ in range(40):
        await make_lead(app, partner=world.acme)
    receiver.at_first = lambda: save(app, world.referrals, f"{receiver.url}/other", webhook_id=saved.webhook_id)
    await deliver(app)
    assert receiver.paths == ["/hook"] * 16 + ["/hook/other"] * 24


@pytest.mark.parametrize("is_deleted", [True, False])
async def test_what_waits_is_not_sent_when_the_webhook_is_switched_off_or_deleted(
    app: AppContext, world: World, receiver: Receiver, is_deleted: bool
) -> None:
    saved = await save(app, world.referrals, receiver.url)
    for _ in range(40):
        await make_lead(app, partner=world.acme)

    async def end() -> None:
        if is_deleted:
            await webhooks.delete_webhook(app, world.referrals, saved.webhook_id)
        else:
            await save(app, world.referrals, receiver.url, webhook_id=saved.webhook_id, is_active=False)

    receiver.at_first = end
    await deliver(app)
    assert len(receiver.received) == 16


async def test_filter_that_fits_no_more_pauses_the_webhook(app: AppContext, world: World, receiver: Receiver) -> None:
    saved = await save(app, world.referrals, receiver.url)
    await app.database.writing.execute("UPDATE webhook SET lead_filter = ?", '{"mood": "GOOD"}')
    await make_lead(app, partner=world.acme)
    await deliver(app)
    row = await stored(app, saved)
    assert (row.is_active, receiver.received) == (False, [])
    assert "mood" in (row.problem or "")


async def test_two_servers_deliver_each_event_once(app: AppContext, world: World, receiver: Receiver) -> None:
    await save(app, world.referrals, receiver.url)
    for _ in range(30):
        await make_lead(app, partner=world.acme)
    await asyncio.gather(*(deliver(app) for _ in range(4)))
    assert len(set(receiver.ids())) == len(receiver.ids()) == 30


@pytest.mark.parametrize("answer", ["301 Moved\r\nLocation: http://127.0.0.1:1/", "410 Gone", "404 Not Found", "503 Busy"])
async def test_other_responses_are_failures(receiver: Receiver, answer: str) -> None:
    receiver.answers = [answer]
    client = WebhookClient(RULES)
    with pytest.raises(DeliveryFailed) as failure:
        await client.post(receiver.url, {"content-type": "text/plain"}, b"x")
    assert failure.value.status_code == int(answer[:3])
    assert len(receiver.received) == 1
    await client.close()


async def test_names_that_lead_to_private_addresses_are_refused_at_each_connection(receiver: Receiver) -> None:
    answers = [["93.184.216.34", "127.0.0.1"], ["127.0.0.1"], ["::ffff:127.0.0.1"], ["169.254.169.254"], []]

    async def changing(host: str, port: int) -> Sequence[Address]:
        return [ip_address(one) for one in answers.pop(0)]

    client = WebhookClient(WebhookRules(), resolve=changing)
    url = receiver.url.replace("127.0.0.1", "rebinding.example.com")
    while answers:
        with pytest.raises(DeliveryFailed, match=r"not a public one|no address"):
            await client.post(url, {}, b"{}")
    assert receiver.received == []
    await client.close()


async def test_the_checked_address_is_the_one_that_is_used(receiver: Receiver) -> None:
    asked: list[str] = []

    async def once(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1")]

    client = WebhookClient(RULES, resolve=once)
    assert await client.post(receiver.url.replace("127.0.0.1", "receiver.example.com"), {}, b"x") == 200
    assert asked == ["receiver.example.com"]
    assert receiver.received[0][0]["host"].startswith("receiver.example.com:")
    await client.close()
