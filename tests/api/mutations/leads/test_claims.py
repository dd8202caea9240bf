"""Claims through the API."""

from gql_leads.api.values.ids import encode_id
from gql_leads.services.app_context import AppContext
from tests.api.client import errors_of, mutate
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_lead, make_queue

ALLOWANCE = "allowance { openClaims claimsToday canClaim resetsAt }"


async def test_lead_is_claimed_once(app: AppContext, world: World, ask: Ask) -> None:
    lead = encode_id("Lead", await make_lead(app, queue=await make_queue(app, max_open_claims=2)))
    claimed = await mutate(ask, world.rep, "claimLead", f"lead {{ owner {{ name }} contact {{ fullName }} }} {ALLOWANCE}", leadId=lead)
    assert claimed["lead"] == {"owner": {"name": "Rita Rep"}, "contact": {"fullName": "Aparna Bosu"}}
    assert claimed["allowance"] == {"openClaims": 1, "claimsToday": 1, "canClaim": True, "resetsAt": "2026-11-22T00:00:00.000Z"}
    again = await mutate(ask, world.rep, "claimLead", f"lead {{ owner {{ name }} contact {{ fullName }} }} {ALLOWANCE}", leadId=lead)
    assert again == claimed
    late = await mutate(ask, world.rival, "claimLead", f"lead {{ id }} {ALLOWANCE}", leadId=lead)
    assert (late["lead"], late["allowance"], late["errors"][0]["claimedAt"]) == (None, None, "2026-11-21T09:30:00.000Z")
    released = await mutate(ask, world.rep, "releaseLead", "lead { queue { id } contactHidden }", leadId=lead)
    assert released["lead"]["contactHidden"] == "UNCLAIMED"


async def test_next_lead_is_claimed_and_the_allowance_returned(app: AppContext, world: World, ask: Ask) -> None:
    queue = await make_queue(app, max_open_claims=1)
    await make_lead(app, queue=queue)
    await make_lead(app, queue=queue)
    first = await mutate(ask, world.rep, "claimNextLead", f"lead {{ id }} {ALLOWANCE}", idempotencyKey="one")
    assert (await mutate(ask, world.rep, "claimNextLead", f"lead {{ id }} {ALLOWANCE}", idempotencyKey="one")) == first
    full = await mutate(ask, world.rep, "claimNextLead", f"lead {{ id }} {ALLOWANCE}", queueId=encode_id("LeadQueue", queue))
    assert (errors_of(full), full["errors"][0]["limit"], full["allowance"]["canClaim"]) == ([("ClaimLimitReached", None)], 1, False)
    empty = await mutate(ask, world.rep, "claimNextLead", f"lead {{ id }} {ALLOWANCE}", queueId=encode_id("LeadQueue", world.general))
    assert (errors_of(empty), empty["allowance"]["openClaims"]) == ([("QueueEmpty", None)], 0)
    narrowed = await mutate(ask, world.rival, "claimNextLead", "lead { country }", filter={"countries": ["FR"]})
    assert narrowed["lead"] == {"country": "FR"}
    wrong = await mutate(ask, world.rival, "claimNextLead", filter={"countries": ["XX"]})
    assert errors_of(wrong) == [("InvalidInput", None)]


async def test_allowance_of_an_invisible_queue_is_null(app: AppContext, world: World, ask: Ask) -> None:
    queue = await make_queue(app, open_to=[world.globex], max_open_claims=1)
    refused = await mutate(ask, world.rep, "claimNextLead", f"lead {{ id }} {ALLOWANCE}", queueId=encode_id("LeadQueue", queue))
    assert (errors_of(refused), refused["allowance"]) == ([("NotFound", ["queueId"])], None)
