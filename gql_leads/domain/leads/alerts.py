"""Alerts: the steps of a lead that ask somebody to look at it, decided from an event and the viewer alone.

Leads that a partner's own member claims alert nobody, and neither does a restored lead that its partner still has.
"""

from uuid import UUID

from gql_leads.domain.events import Event, TimelineKind
from gql_leads.domain.leads.filters import Filter, is_shown
from gql_leads.domain.leads.lead import ContactUrgency
from gql_leads.domain.leads.visibility import is_claimable
from gql_leads.domain.viewer import Viewer


def alerts_new_lead(asked: Filter, viewer: Viewer, event: Event) -> bool:
    """True if the event asks the viewer to look at the lead, and the lead matches the filter after it."""
    return _asks_to_look(viewer, event) and is_shown(asked, viewer, event.lead_id, event.after)


def alerts_hot_lead(asked: Filter, viewer: Viewer, event: Event) -> bool:
    """True if the event asks the viewer to look at a hot lead, or a visible lead became hot by it."""
    if event.after.urgency is not ContactUrgency.HOT:
        return False
    became_hot = event.before is not None and event.before.urgency is not ContactUrgency.HOT
    return (became_hot or _asks_to_look(viewer, event)) and is_shown(asked, viewer, event.lead_id, event.after)


def only_alerted(event: Event) -> UUID | None:
    """Return the new owner, if the event can alert only them of the lead's partner; else None."""
    before, after = event.before, event.after
    is_handed_on = event.kind is TimelineKind.ASSIGNED and before is not None and before.partner_id == after.partner_id
    return after.owner_id if is_handed_on else None


def _asks_to_look(viewer: Viewer, event: Event) -> bool:
    before, after = event.before, event.after
    if before is None:
        return True
    if is_claimable(viewer, after):
        return not is_claimable(viewer, before) or before.queue_id != after.queue_id
    if event.kind is not TimelineKind.ASSIGNED or viewer.partner_id is None or after.partner_id != viewer.partner_id:
        return False
    # Within a partner only the new owner has to look, or everybody if the lead lost its owner.
    return before.partner_id != after.partner_id or after.owner_id in (None, viewer.member_id)
