"""What partners offer and where, as somebody wants it: unchecked, with `UNSET` where a field was left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from gql_leads.domain.leads.lead import CallToAction, CompanySize, ListingKind
from gql_leads.domain.validation import UNSET, Unset

Text = str | Unset | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveListing:
    """Something to offer: a new one where it has no id."""

    id: UUID | None = None
    partner_id: UUID | Unset | None = UNSET
    name: Text = UNSET
    kind: ListingKind | Unset | None = UNSET
    calls_to_action: Sequence[CallToAction] | Unset | None = UNSET
    is_published: bool | Unset | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveBusinessProfile:
    """A public face at one location: a new one where it has no id."""

    id: UUID | None = None
    partner_id: UUID | Unset | None = UNSET
    location: Text = UNSET
    country: Text = UNSET
    contact_email: Text = UNSET
    keywords: Sequence[str] | Unset | None = UNSET
    company_sizes: Sequence[CompanySize] | Unset | None = UNSET
