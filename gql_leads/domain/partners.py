"""Partners: the input of their creation and of changes to them."""

from dataclasses import dataclass
from uuid import UUID

from gql_leads.domain.validation import UNSET, Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePartner:
    """The input of `savePartner`, not validated yet; without an id it creates a partner."""

    partner_id: UUID | None = None
    name: str | Unset | None = UNSET
    country: str | Unset | None = UNSET
    is_active: bool | Unset | None = UNSET
