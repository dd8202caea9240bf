"""Accounts, contacts and opportunities, into which leads are converted. Each belongs to one partner."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from gql_leads.domain.attributes import Personal, public
from gql_leads.domain.leads.filters import Interval
from gql_leads.domain.leads.lead import CloseReason, full_name
from gql_leads.domain.viewer import Viewer


class OpportunityStage(StrEnum):
    PROSPECTING = "PROSPECTING"
    QUALIFICATION = "QUALIFICATION"
    PROPOSAL = "PROPOSAL"
    NEGOTIATION = "NEGOTIATION"
    CLOSED_WON = "CLOSED_WON"
    CLOSED_LOST = "CLOSED_LOST"


class OpportunityAction(StrEnum):
    EDIT = "EDIT"
    CLOSE = "CLOSE"


CLOSED = frozenset({OpportunityStage.CLOSED_WON, OpportunityStage.CLOSED_LOST})
"""Final stages: a closed opportunity cannot be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Customer of a partner: a company or a private person."""

    id: UUID = field(metadata=public())
    partner_id: UUID = field(metadata=public())
    name: str = field(metadata=public(personal=Personal.YES, is_required_text=True))
    domain: str | None = field(default=None, metadata=public(personal=Personal.MAYBE))
    """Domain of the company's e-mail addresses, if it is known."""
    is_domain_given: bool = field(default=False, metadata=public())
    """True if a member said that the domain is the company's own; False if it was learned from an address."""
    is_person: bool = field(default=False, metadata=public())
    country: str | None = field(default=None, metadata=public())
    created_at: datetime = field(metadata=public())


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Person that a partner knows."""

    id: UUID = field(metadata=public())
    partner_id: UUID = field(metadata=public())
    account_id: UUID | None = field(default=None, metadata=public())
    first_name: str | None = field(default=None, metadata=public(personal=Personal.YES))
    last_name: str = field(metadata=public(personal=Personal.YES, is_required_text=True))
    title: str | None = field(default=None, metadata=public(personal=Personal.YES))
    email: str | None = field(default=None, metadata=public(personal=Personal.YES))
    phone: str | None = field(default=None, metadata=public(personal=Personal.YES))
    created_at: datetime = field(metadata=public())

    @property
    def full_name(self) -> str:
        """First and last name, separated by a space."""
        return full_name(self.first_name, self.last_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """Sale that a partner works on."""

    id: UUID = field(metadata=public())
    version: int = field(default=1, metadata=public())
    partner_id: UUID = field(metadata=public(in_snapshot=True))
    name: str = field(metadata=public("name", personal=Personal.YES, is_required_text=True))
    account_id: UUID = field(metadata=public(in_snapshot=True))
    contact_id: UUID | None = field(default=None, metadata=public("contact"))
    lead_id: UUID | None = field(default=None, metadata=public())
    """The lead that was converted into it; None if it was created by hand."""
    stage: OpportunityStage = field(default=OpportunityStage.PROSPECTING, metadata=public("stage", in_snapshot=True))
    close_reason: CloseReason | None = field(default=None, metadata=public("closeReason"))
    """The reason for which it was lost; None also for those that were lost before reasons were asked for."""
    amount_minor: int | None = field(default=None, metadata=public("amount"))
    """In minor units of `amount_currency`."""
    amount_currency: str | None = field(default=None, metadata=public("amount"))
    expected_close_date: date | None = field(default=None, metadata=public("expectedCloseDate"))
    owner_id: UUID = field(metadata=public("owner", in_snapshot=True))
    created_at: datetime = field(metadata=public())
    updated_at: datetime = field(metadata=public(in_snapshot=True))
    closed_at: datetime | None = field(default=None, metadata=public())

    @property
    def is_closed(self) -> bool:
        """True if it is won or lost."""
        return self.stage in CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityFilter:
    """Criteria for a list of opportunities; None sets no criterion."""

    is_mine: bool | None = None
    stages: tuple[OpportunityStage, ...] | None = None
    account_ids: tuple[UUID, ...] | None = None
    partner_ids: tuple[UUID, ...] | None = None
    owner_ids: tuple[UUID, ...] | None = None
    updated_at: Interval | None = None


ALL = OpportunityFilter()


def allowed_actions(viewer: Viewer, stage: OpportunityStage) -> tuple[OpportunityAction, ...]:
    """Return the actions that the viewer may take on an opportunity that is visible to them."""
    return tuple(OpportunityAction) if viewer.works_leads and stage not in CLOSED else ()
