"""Queues through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World


async def test_queue_is_created_and_changed(app: AppContext, world: World, ask: Ask) -> None:
    payload = "queue { id name partners { name } maxOpenClaimsPerPartner waiting allowance { canClaim } }"
    made = await mutate(
        ask, world.channel, "saveQueue", payload, name="Big ones", partnerIds=[encode_id("Partner", world.acme)], maxOpenClaimsPerPartner=3
    )
    queue = made["queue"]
    assert (queue["name"], queue["partners"], queue["maxOpenClaimsPerPartner"], queue["allowance"]) == (
        "Big ones",
        [{"name": "Acme Cloud"}],
        3,
        None,
    )
    changed = await mutate(ask, world.channel, "saveQueue", payload, queueId=queue["id"], partnerIds=[], maxOpenClaimsPerPartner=None)
    assert (changed["queue"]["name"], changed["queue"]["partners"], changed["queue"]["maxOpenClaimsPerPartner"]) == ("Big ones", [], None)
    assert errors_of(await mutate(ask, world.channel, "saveQueue", payload, queueId="x", name="y")) == [("InvalidInput", ["queueId"])]
