"""Webhooks through the API: the secret once, each role, foreign ids, changes and repeated requests."""

import pytest

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from gql_leads.store.events import event_log
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World

URL = "https://93.184.216.34/leads"
WEBHOOK = "webhook { id url kinds filter isActive problem cursor deliveries { nodes { cursor } pageInfo { hasNextPage } } } secret"
LIST = "{ webhooks { id url isActive } }"


async def test_secret_is_shown_once_and_the_rest_can_be_changed(world: World, ask: Ask) -> None:
    given = {"url": URL, "kinds": ["CREATED"], "filter": {"statuses": ["NEW"]}, "idempotencyKey": "one"}
    made = await mutate(ask, world.referrals, "saveWebhook", WEBHOOK, **given)
    webhook = made["webhook"]
    assert made["secret"].startswith("whsec_")
    assert webhook == webhook | {
        "url": URL, "kinds": ["CREATED"], "filter": {"statuses": ["NEW"]}, "isActive": True, "problem": None,
        "deliveries": {"nodes": [], "pageInfo": {"hasNextPage": False}},
    }  # fmt: skip
    again = await mutate(ask, world.referrals, "saveWebhook", WEBHOOK, **given)
    assert (again["webhook"]["id"], again["secret"]) == (webhook["id"], None)
    off = await mutate(ask, world.referrals, "saveWebhook", WEBHOOK, webhookId=webhook["id"], url=URL, isActive=False)
    assert off["webhook"] == webhook | {"isActive": False}
    cleared = await mutate(ask, world.referrals, "saveWebhook", WEBHOOK, webhookId=webhook["id"], url=f"{URL}2", filter=None, kinds=None)
    assert cleared["webhook"] == webhook | {"isActive": False, "url": f"{URL}2", "kinds": [], "filter": None}
    assert (await ask(world.referrals, LIST))["webhooks"] == [{"id": webhook["id"], "url": f"{URL}2", "isActive": False}]
    gone = await mutate(ask, world.referrals, "deleteWebhook", "deletedWebhookId", webhookId=webhook["id"])
    assert gone == {"deletedWebhookId": webhook["id"], "errors": []}
    assert (await ask(world.referrals, LIST))["webhooks"] == []


async def test_webhooks_belong_to_a_partner_and_the_vendor_sees_all(app: AppContext, world: World, ask: Ask) -> None:
    made = await mutate(ask, world.referrals, "saveWebhook", WEBHOOK, url=URL)
    webhook = made["webhook"]["id"]
    cursor = app.cursors.encode(await event_log.horizon(app.database.reading))
    assert len((await ask(world.admin, LIST))["webhooks"]) == 1
    assert (await ask(world.rival_admin, LIST))["webhooks"] == []
    node = "query($id: ID!) { node(id: $id) { id } }"
    for who in (world.rep, world.profiles, world.rival, world.rival_admin, world.channel, world.seller):
        assert await ask(who, node, id=webhook) == {"node": None}
        for name, payload, given in (
            ("saveWebhook", "webhook { id }", {"url": URL}),
            ("deleteWebhook", "deletedWebhookId", {}),
            ("redeliverWebhook", "webhook { id }", {"after": cursor}),
        ):
            refused = await mutate(ask, who, name, payload, webhookId=webhook, **given)
            assert errors_of(refused) == [("NotFound", ["webhookId"])]
    for who in (world.rep, world.profiles, world.channel, world.seller):
        assert errors_of(await mutate(ask, who, "saveWebhook", WEBHOOK, url=URL)) == [("NotPermitted", None)]
    redelivered = await mutate(ask, world.admin, "redeliverWebhook", "webhook { id }", webhookId=webhook, after=cursor)
    assert redelivered == {"webhook": {"id": webhook}, "errors": []}
    unknown = await mutate(ask, world.admin, "deleteWebhook", "deletedWebhookId", webhookId=encode_id("Webhook", world.acme))
    assert errors_of(unknown) == [("NotFound", ["webhookId"])]


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://[::1]/", "https://localhost/", "ftp://example.com/", "https://u:p@example.com/"]
)
async def test_bad_urls_are_invalid_input(world: World, ask: Ask, url: str) -> None:
    assert errors_of(await mutate(ask, world.referrals, "saveWebhook", WEBHOOK, url=url)) == [("InvalidInput", ["url"])]
