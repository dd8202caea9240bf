"""Activities of members on a lead or an opportunity: calls, e-mails, meetings and tasks."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from gql_leads.domain import permissions
from gql_leads.domain.attributes import Personal, work
from gql_leads.domain.errors import NotPermitted
from gql_leads.domain.leads.filters import Interval
from gql_leads.domain.leads.history import Audit
from gql_leads.domain.viewer import MemberRole, Viewer


class ActivityKind(StrEnum):
    CALL = "CALL"
    EMAIL = "EMAIL"
    MEETING = "MEETING"
    TASK = "TASK"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewActivity:
    """Input for a new activity, not validated yet."""

    kind: ActivityKind
    subject: str
    body: str | None = None
    due_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Stored attributes of an activity, one for each column."""

    id: UUID = field(metadata=work())
    lead_id: UUID | None = field(default=None, metadata=work())
    opportunity_id: UUID | None = field(default=None, metadata=work())
    """The opportunity it belongs to; None if it belongs to a lead."""
    partner_id: UUID | None = field(metadata=work())
    """The partner that had the lead or opportunity when it was logged; its history stays with that partner."""
    kind: ActivityKind = field(metadata=work("activity.kind"))
    subject: str = field(metadata=work("activity.subject", personal=Personal.YES, is_required_text=True))
    body: str | None = field(default=None, metadata=work("activity.body", personal=Personal.YES))
    due_at: datetime | None = field(default=None, metadata=work("activity.dueAt"))
    completed_at: datetime | None = field(default=None, metadata=work("activity.completedAt"))
    owner_id: UUID = field(metadata=work("activity.owner"))
    created_at: datetime = field(metadata=work())
    updated_at: datetime | None = field(default=None, metadata=work())
    """None until it is changed."""


AUDIT: Final = Audit(Activity)
"""Its changes in the history of the lead or opportunity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFilter:
    """Criteria for a list of activities; None sets no criterion."""

    is_mine: bool | None = None
    is_open: bool | None = None
    kinds: tuple[ActivityKind, ...] | None = None
    lead_ids: tuple[UUID, ...] | None = None
    opportunity_ids: tuple[UUID, ...] | None = None
    due_at: Interval | None = None


def may_change(viewer: Viewer, activity: Activity) -> bool:
    """True if the viewer may change and delete the activity: its owner, and referral admins of its partner."""
    if not viewer.works_leads or viewer.partner_id != activity.partner_id:
        return False
    return activity.owner_id == viewer.member_id or viewer.has(MemberRole.REFERRAL_ADMIN)


def require_change(viewer: Viewer, activity: Activity) -> None:
    """Raise NotPermitted unless the viewer may change and delete the activity."""
    if not may_change(viewer, activity):
        partner = "its partner" if viewer.is_vendor else "your partner"
        raise NotPermitted(permissions.CHANGE_ACTIVITIES.refusal(partner, "its owner"))
