"""Referrals through the API."""

from typing import Any

from gql_leads.api.values.ids import encode_id
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World

PERSON = {"firstName": "Aparna", "lastName": "Bosu", "email": "aparna@contoso.example"}


def to_partner(partner: object) -> dict[str, Any]:
    return {"partnerId": encode_id("Partner", partner)}


SENT = "lead { reference type source stage sender { name } partner { name } recipientEmail expiresAt isHot notes { totalCount } }"


async def test_lead_is_referred_to_a_partner(world: World, ask: Ask) -> None:
    given: dict[str, Any] = {
        **to_partner(world.globex), "type": "SALES_QUALIFIED", "contact": PERSON, "company": "Contoso", "country": "FR",
        "message": "They look for a ledger.", "recipientEmail": "ruth@globex.example", "contactRequested": True, "idempotencyKey": "once",
    }  # fmt: skip
    for who, source, name in ((world.seller, "SELLER", "Sam Seller"), (world.referrals, "PARTNER", "Rafa Referrals")):
        sent = await mutate(ask, who, "referLead", SENT, **given)
        assert (sent["errors"], await mutate(ask, who, "referLead", SENT, **given)) == ([], sent)
        assert {name: value for name, value in sent["lead"].items() if name != "reference"} == {
            "type": "SALES_QUALIFIED", "source": source, "stage": "RECEIVED", "sender": {"name": name}, "partner": {"name": "Globex"},
            "recipientEmail": "ruth@globex.example", "expiresAt": "2026-12-05T09:30:00.000Z", "isHot": True, "notes": {"totalCount": 0},
        }  # fmt: skip


async def test_invalid_referral_is_refused_with_all_errors(world: World, ask: Ask) -> None:
    given: dict[str, Any] = {"type": "OFFER", "contact": {}, "message": " ", "country": "XX", "recipientEmail": "nobody"}
    refused = await mutate(ask, world.referrals, "referLead", **to_partner(world.acme), **given)
    fields = {tuple(path or ()) for kind, path in errors_of(refused) if kind == "InvalidInput"}
    assert (refused["lead"], fields) == (
        None, {("partnerId",), ("type",), ("contact", "lastName"), ("message",), ("country",), ("recipientEmail",)},
    )  # fmt: skip
    good: dict[str, Any] = {"type": "JOINT_PLANNING", "contact": PERSON, "message": "Plan with them."}
    assert errors_of(await mutate(ask, world.seller, "referLead", partnerId="x", **good)) == [("InvalidInput", ["partnerId"])]
    assert errors_of(await mutate(ask, world.channel, "referLead", **to_partner(world.acme), **good)) == [("NotPermitted", None)]
