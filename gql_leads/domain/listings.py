"""Input for listings and business profiles, not validated yet; `UNSET` stands for fields that were left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from gql_leads.domain.leads.lead import CallToAction, CompanySize, ListingKind
from gql_leads.domain.values.validation import UNSET, Unset

Text = str | Unset | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveListing:
    """Input for a listing; without an id, a new one."""

    id: UUID | None = None
    partner_id: UUID | Unset | None = UNSET
    name: Text = UNSET
    kind: ListingKind | Unset | None = UNSET
    calls_to_action: Sequence[CallToAction] | Unset | None = UNSET
    is_published: bool | Unset | None = UNSET
    external_ids: Sequence[str] | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveBusinessProfile:
    """Input for a business profile of one location; without an id, a new one."""

    id: UUID | None = None
    partner_id: UUID | Unset | None = UNSET
    location: Text = UNSET
    country: Text = UNSET
    contact_email: Text = UNSET
    keywords: Sequence[str] | Unset | None = UNSET
    company_sizes: Sequence[CompanySize] | Unset | None = UNSET
