"""Partners through the API."""

from gql_leads.services.app_context import AppContext
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World


async def test_partner_is_created_changed_and_deactivated(app: AppContext, world: World, ask: Ask) -> None:
    payload = "partner { id name country isActive members { totalCount } }"
    made = (await mutate(ask, world.admin, "savePartner", payload, name="Hooli", country="FR", idempotencyKey="1"))["partner"]
    assert (made["name"], made["country"], made["isActive"], made["members"]) == ("Hooli", "FR", True, {"totalCount": 0})
    again = await mutate(ask, world.admin, "savePartner", payload, name="Hooli", country="FR", idempotencyKey="1")
    assert again["partner"]["id"] == made["id"]
    changed = await mutate(ask, world.admin, "savePartner", payload, partnerId=made["id"], isActive=False)
    assert (changed["partner"]["country"], changed["partner"]["isActive"]) == ("FR", False)
    assert errors_of(await mutate(ask, world.channel, "savePartner", payload, name="x")) == [("NotPermitted", None)]
    assert errors_of(await mutate(ask, world.admin, "savePartner", payload, name="hooli")) == [("InvalidInput", ["name"])]
