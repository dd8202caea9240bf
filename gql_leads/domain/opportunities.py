"""What leads are converted into: accounts, contacts and opportunities, each of one partner; and what may be done with an opportunity."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from gql_leads.domain.leads.lead import full_name
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
"""Final: what is closed is changed no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A customer of a partner: a company, or a person without one."""

    id: UUID
    partner_id: UUID
    name: str
    domain: str | None = None
    """The company's part of its people's e-mail addresses, where it is known."""
    is_person: bool = False
    country: str | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person a partner knows."""

    id: UUID
    partner_id: UUID
    account_id: UUID | None = None
    first_name: str | None = None
    last_name: str
    title: str | None = None
    email: str | None = None
    phone: str | None = None
    created_at: datetime

    @property
    def full_name(self) -> str:
        """First and last name as people say them."""
        return full_name(self.first_name, self.last_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """A sale a partner works on."""

    id: UUID
    version: int = 1
    partner_id: UUID
    name: str
    account_id: UUID
    contact_id: UUID | None = None
    lead_id: UUID | None = None
    """The lead that was converted into it; None where it was made by hand."""
    stage: OpportunityStage = OpportunityStage.PROSPECTING
    amount_minor: int | None = None
    """In minor units of `amount_currency`."""
    amount_currency: str | None = None
    expected_close_date: date | None = None
    owner_id: UUID
    created_at: datetime
    updated_at: datetime

    @property
    def is_closed(self) -> bool:
        """Whether it is won or lost."""
        return self.stage in CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityFilter:
    """Which opportunities; None: not asked."""

    is_mine: bool | None = None
    stages: tuple[OpportunityStage, ...] | None = None
    account_ids: tuple[UUID, ...] | None = None


ALL = OpportunityFilter()


def allowed_actions(viewer: Viewer, stage: OpportunityStage) -> tuple[OpportunityAction, ...]:
    """What the viewer may do with an opportunity that they see."""
    return tuple(OpportunityAction) if viewer.works_leads and stage not in CLOSED else ()
