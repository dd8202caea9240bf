"""The rules of a lead's lifecycle as SQL conditions."""

from datetime import timedelta
from uuid import UUID

from gql_leads.domain.leads.lead import ContactUrgency, LeadStage
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import lifecycle
from gql_leads.store.sql.builder import Sql
from gql_leads.store.sql.rows import as_uuid
from tests.factories import World
from tests.fixtures import make_lead

MILLISECOND = timedelta(milliseconds=1)


async def leads_where(app: AppContext, condition: Sql) -> set[UUID]:
    """Return the leads that the condition selects, regardless of the access policy."""
    return {as_uuid(row["id"]) for row in await app.database.reading.fetch("SELECT l.id FROM lead l WHERE " + condition)}


async def test_received_lead_is_answerable_before_it_expires_and_due_afterwards(app: AppContext, world: World) -> None:
    now = app.now()
    expired = await make_lead(app, expires_at=now)
    last_moment = await make_lead(app, expires_at=now + MILLISECOND)
    without_end = await make_lead(app, partner=world.acme, expires_at=None)
    deleted = await make_lead(app, expires_at=now, deleted_at=now)
    await make_lead(app, partner=world.acme, stage=LeadStage.ACCEPTED, expires_at=now)
    assert await leads_where(app, lifecycle.answerable(now)) == {last_moment, without_end}
    assert await leads_where(app, lifecycle.due("expires_at", now)) == {expired}
    assert await leads_where(app, lifecycle.RECEIVED) == {expired, last_moment, without_end, deleted}


async def test_contact_request_is_hot_for_a_limited_time_and_then_overdue(app: AppContext, world: World) -> None:
    now, limit = app.now(), app.now() - app.rules.hot_for
    hot = await make_lead(app, partner=world.acme, contact_requested_at=limit + MILLISECOND)
    overdue = await make_lead(app, partner=world.acme, contact_requested_at=limit)
    calm = await make_lead(app, partner=world.acme)
    answered = await make_lead(app, partner=world.acme, contact_requested_at=limit, stage=LeadStage.ACCEPTED)
    assert await leads_where(app, lifecycle.urgent(ContactUrgency.HOT, now, app.rules)) == {hot}
    assert await leads_where(app, lifecycle.urgent(ContactUrgency.OVERDUE, now, app.rules)) == {overdue}
    rows = await app.database.reading.fetch("SELECT l.id AS id, " + lifecycle.urgency(now, app.rules) + " AS urgency FROM lead l")
    assert {as_uuid(row["id"]): row["urgency"] for row in rows} == {hot: "HOT", overdue: "OVERDUE", calm: None, answered: None}
