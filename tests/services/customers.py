"""Helpers that create accounts, contacts and opportunities through the services."""

from typing import Any, TypeVar
from uuid import UUID

from gql_leads.domain.commands import ContactFields, NewOpportunity, OpportunityFields, SaveAccount, SaveContact
from gql_leads.domain.opportunities.records import Account, Contact, Opportunity, OpportunityStage
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.opportunities import create_opportunity, save_account, save_contact
from gql_leads.store import opportunities
from gql_leads.store.opportunities import Kind

Record = TypeVar("Record", Account, Contact, Opportunity)


async def the(app: AppContext, kind: Kind[Record], who: Viewer, record_id: UUID) -> Record:
    """Return a record as it is stored."""
    found = await opportunities.record(app.database.writing, who, kind, record_id)
    assert found is not None
    return found


async def an_account(app: AppContext, who: Viewer, name: str = "Contoso") -> UUID:
    return await save_account(app, who, SaveAccount(name=name))


async def a_contact(app: AppContext, who: Viewer, account: UUID | None, **person: Any) -> UUID:
    return await save_contact(app, who, SaveContact(account_id=account, person=ContactFields(**({"last_name": "Bosu"} | person))))


async def an_opportunity(app: AppContext, who: Viewer, account: UUID, **facts: Any) -> UUID:
    given = OpportunityFields(**({"name": "Ledger", "stage": OpportunityStage.PROSPECTING} | facts))
    return await create_opportunity(app, who, NewOpportunity(account_id=account, facts=given))
