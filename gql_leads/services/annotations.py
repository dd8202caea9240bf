"""Lock what a note or activity belongs to, a lead or an opportunity, and record its changes there."""

from collections.abc import Sequence
from uuid import UUID

from gql_leads.domain.errors import NotFound
from gql_leads.domain.events import TimelineKind
from gql_leads.domain.leads.history import FieldChange
from gql_leads.domain.opportunities.events import OpportunityEventKind
from gql_leads.domain.opportunities.records import Opportunity
from gql_leads.services.opportunities import lock_opportunity
from gql_leads.store import opportunities
from gql_leads.store.activities import lead_of as lead_of_activity
from gql_leads.store.notes import lead_of as lead_of_note
from gql_leads.store.unit_of_work import Annotation, LockedLead, UnitOfWork

Parent = LockedLead | Opportunity


async def lock_parent(uow: UnitOfWork, annotation: Annotation, opportunity_id: UUID | None, *path: str) -> Parent:
    """Lock the lead or opportunity and return it; raise NotFound if the viewer may not read the note or activity."""
    if opportunity_id is not None:
        return await lock_opportunity(uow, opportunity_id, *path)
    of_note = None if annotation.note_id is None else lead_of_note(uow.actor, annotation.note_id)
    of_activity = None if annotation.activity_id is None else lead_of_activity(uow.actor, annotation.activity_id)
    where = of_note or of_activity
    assert where is not None, "an annotation is a note or an activity"
    locked = await uow.lock_first(where)
    if locked is None:
        raise NotFound(field=path)
    return locked


async def record_change(
    uow: UnitOfWork, parent: Parent, kind: TimelineKind, annotation: Annotation, changes: Sequence[FieldChange] = ()
) -> None:
    """Write the history entry and the event of a change of a note or activity."""
    if isinstance(parent, Opportunity):
        await opportunities.record_change(uow, parent, parent, OpportunityEventKind(kind.value), changes)
    else:
        await uow.save(parent.lead, parent.lead, kind, annotation=annotation, extra_changes=changes)
