"""The result of a conversion, and the preview of one."""

from itertools import chain, islice
from typing import Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Info
from gql_leads.api.types.opportunities import (
    Account,
    Contact,
    Opportunity,
    account,
    account_by_id,
    contact,
    contact_by_id,
    opportunity_by_id,
)
from gql_leads.api.types.organization import Member
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain import conversion
from gql_leads.domain.conversion import Known
from gql_leads.domain.leads.lead import Lead
from gql_leads.domain.leads.transitions import default_deal_name
from gql_leads.store import opportunities

MAX_PREVIEWED: Final = 20
"""The maximum number of accounts and contacts in a preview."""


@strawberry.type(description="The records that a lead was converted into.")
class Conversion:
    converted_at: DateTime = strawberry.field(description="The time of the conversion.")
    converted_by: Member = strawberry.field(description="The member who converted it.")
    account_id: strawberry.Private[UUID]
    contact_id: strawberry.Private[UUID]
    opportunity_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The account of the customer.")
    async def account(self, info: Info) -> Account | None:
        return await account_by_id(info.context, self.account_id)

    @strawberry.field(description="The contact person.")
    async def contact(self, info: Info) -> Contact:
        return await contact_by_id(info.context, self.contact_id)  # type: ignore[return-value]

    @strawberry.field(description="The opportunity; null if the lead was converted without one.")
    async def opportunity(self, info: Info) -> Opportunity | None:
        return None if self.opportunity_id is None else await opportunity_by_id(info.context, self.opportunity_id)


@strawberry.type(
    description="What a lead would be converted into. The best match comes first and is taken where nothing is chosen; where several match"
    " equally well, all are offered, and `convertLead` asks for a choice."
)
class ConversionPreview:
    lead: strawberry.Private[Lead]

    @strawberry.field(
        description="The accounts of the company's name, legal forms aside, an equal name first. For a lead without a company: those of"
        " contacts with the customer's e-mail address, then companies whose own domain it has. Empty: a new one would be made."
    )
    async def accounts(self, info: Info) -> list[Account]:
        found = conversion.matching_accounts(conversion.match_keys(self.lead), await self._known(info))
        return [account(opportunities.stored(one), info.context.viewer) for one in found.records[:MAX_PREVIEWED]]

    @strawberry.field(
        description="The contacts with the e-mail address: of the best account (of each, where several match equally well), then of none."
        " Empty: a new one would be made."
    )
    async def contacts(self, info: Info) -> list[Contact]:
        keys, known = conversion.match_keys(self.lead), await self._known(info)
        accounts = conversion.matching_accounts(keys, known).equals
        by_account = [conversion.matching_contacts(keys, known, one.id).records for one in accounts]
        found = dict.fromkeys(chain(*by_account) if accounts else conversion.matching_contacts(keys, known, None).records)
        return [contact(opportunities.stored(one), info.context.viewer) for one in islice(found, MAX_PREVIEWED)]

    @strawberry.field(description="The name that the opportunity would have.")
    async def opportunity_name(self, info: Info) -> str:
        equals = conversion.matching_accounts(conversion.match_keys(self.lead), await self._known(info)).equals
        named = equals[0].name if len(equals) == 1 else conversion.account_name(self.lead)
        return conversion.opportunity_name(self.lead.deal_name or default_deal_name(self.lead), named)

    async def _known(self, info: Info) -> Known:
        """Return the records that may match; those of all leads of the level are read with one statement."""
        reader, partner_id = info.context.reader, self.lead.partner_id
        assert partner_id is not None, "only a lead of the viewer's partner has a preview"

        async def read(keys: list[conversion.MatchKeys]) -> dict[conversion.MatchKeys, Known]:
            return dict.fromkeys(keys, await opportunities.known(reader.connection, reader.viewer, partner_id, keys))

        return await info.context.dataloader.load("known", conversion.match_keys(self.lead), read) or Known()
