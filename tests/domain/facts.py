"""Leads, viewers, snapshots and events for tests without a database."""

from datetime import UTC, date, datetime, timedelta
from enum import Enum
from types import NoneType
from typing import Any, Final, get_args, get_origin, get_type_hints
from uuid import NAMESPACE_OID, UUID, uuid5

from gql_leads.domain.attributes import attributes_of, defaults_of
from gql_leads.domain.events import Event, TimelineKind, snapshot
from gql_leads.domain.leads.lead import Lead, LeadOutcome, LeadSource, LeadStage, LeadType, TeamMember
from gql_leads.domain.leads.snapshots import LeadSnapshot
from gql_leads.domain.viewer import PARTNER_ROLES, MemberRole, Viewer

NOW: Final = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ACME, GLOBEX = UUID(int=1), UUID(int=2)
GENERAL, CLOSED = UUID(int=11), UUID(int=12)
ME, COLLEAGUE, STRANGER = UUID(int=21), UUID(int=22), UUID(int=23)
LEAD = UUID(int=31)
BANT: Final = {"budget": True, "authority": True, "need": True, "timeline": True}
QUALIFIED: Final = {"customer_responded": True, **BANT}


def a_viewer(*roles: MemberRole, partner: UUID | None = None, member: UUID = ME) -> Viewer:
    """Return a member with these roles: of Acme if they are partner roles and no other partner is given."""
    if partner is None and set(roles) <= PARTNER_ROLES:
        partner = ACME
    return Viewer(member, frozenset(roles), partner, frozenset({GENERAL}) if partner else frozenset())


def make_lead(**facts: Any) -> Lead:
    """Return a lead that Acme received and must respond to, with the given attributes changed."""
    usual: dict[str, Any] = {
        "id": LEAD,
        "reference": "L-7K3QX2",
        "type": LeadType.OFFER,
        "source": LeadSource.API,
        "last_name": "Bosu",
        "partner_id": ACME,
        "created_at": NOW,
        "updated_at": NOW,
        "expires_at": NOW + timedelta(days=14),
    }
    return Lead(**(usual | facts))


def waiting(**facts: Any) -> Lead:
    """Return a lead that waits in the general queue."""
    return make_lead(**({"partner_id": None, "queue_id": GENERAL} | facts))


def claimed(**facts: Any) -> Lead:
    """Return a lead that Acme claimed from the general queue."""
    return make_lead(**({"origin_queue_id": GENERAL, "claimed_at": NOW} | facts))


def accepted(**facts: Any) -> Lead:
    """Return a lead that Acme accepted."""
    return make_lead(**({"stage": LeadStage.ACCEPTED, "accepted_at": NOW, "expires_at": None} | facts))


def archived(outcome: LeadOutcome = LeadOutcome.LOST, **facts: Any) -> Lead:
    """Return an archived lead."""
    return make_lead(**({"stage": LeadStage.ARCHIVED, "outcome": outcome, "archived_at": NOW, "expires_at": None} | facts))


def deleted(**facts: Any) -> Lead:
    """Return a deleted lead."""
    return make_lead(**({"deleted_at": NOW} | facts))


def seen(lead: Lead, open_to: tuple[UUID, ...] | None = None) -> LeadSnapshot:
    """Return the snapshot of the lead; its queue is open to every partner unless some are given."""
    return snapshot(lead, open_to)


def an_event(before: Lead | None, after: Lead, kind: TimelineKind = TimelineKind.STATUS_CHANGED, *, actor: Viewer | None = None) -> Event:
    """Return an event for a change of a lead."""
    return Event(
        lead_id=after.id,
        kind=kind,
        occurred_at=NOW,
        actor_id=actor.member_id if actor else None,
        actor_partner_id=actor.partner_id if actor else None,
        before=seen(before) if before else None,
        after=seen(after),
        history_partner_id=after.partner_id,
    )


def filled_with(kind: type, text: str) -> dict[str, Any]:
    """Return a value for each attribute of a dataclass: different from its default, and texts that contain this one."""
    hints, defaults = get_type_hints(kind), defaults_of(kind)
    return {name: _value_of(hints[name], f"{text} {name}", default=defaults.get(name)) for name in attributes_of(kind)}


def _value_of(hint: Any, text: str, *, default: object) -> Any:
    (of_type, *_) = [one for one in get_args(hint) or (hint,) if one is not NoneType and one is not Ellipsis]
    if get_origin(hint) is tuple or get_origin(of_type) is tuple:
        return (_value_of(get_args(hint)[0], text, default=None),)
    if issubclass(of_type, Enum):
        return next(one for one in reversed(of_type) if one is not default)
    values: dict[type, object] = {
        UUID: uuid5(NAMESPACE_OID, text), datetime: NOW - timedelta(days=400), date: date(2027, 1, 31), bool: not default, int: 4711,
        str: text, TeamMember: TeamMember(text, f"{text}@team.example", text),
    }  # fmt: skip
    return values[of_type]
