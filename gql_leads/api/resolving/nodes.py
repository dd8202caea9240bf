"""Reading objects of any type by their ids."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.lead_lists import leads_by_id
from gql_leads.api.resolving.selections import Selection
from gql_leads.api.types import opportunities as customers
from gql_leads.api.types.activities import ACTIVITIES
from gql_leads.api.types.api_keys import keys_by_id
from gql_leads.api.types.imports import imports_of
from gql_leads.api.types.intake_keys import intake_keys_by_id
from gql_leads.api.types.notes import NOTES
from gql_leads.api.types.notes_and_activities import EntryReader
from gql_leads.api.types.notifications import notifications_by_id
from gql_leads.api.types.organization import CONNECTIONS
from gql_leads.api.types.queues import queue
from gql_leads.api.types.saved_views import views_by_id
from gql_leads.api.types.webhooks import webhooks_by_id
from gql_leads.store import opportunities, queues
from gql_leads.store.organization import lists as organization

ORGANIZATION_KINDS = {rows.type_name: kind for kind, rows in CONNECTIONS.items()}
ENTRY_READERS: dict[str, EntryReader[Any]] = {"Note": NOTES, "Activity": ACTIVITIES}
CUSTOMER_KINDS = {name: kind for kind, (name, _) in customers.ROW_MAPPINGS.items()}


async def nodes_by_id(context: Context, ids: Sequence[tuple[str, UUID]], selection: Selection) -> list[Any]:
    """Return the objects with these ids in their order, None for missing or invisible ones; one statement per type."""
    found: dict[tuple[str, UUID], Any] = {}
    for kind in dict.fromkeys(kind for kind, _ in ids):
        uuids = list(dict.fromkeys(uuid for name, uuid in ids if name == kind))
        nodes = await _nodes_of_type(context, kind, uuids, selection)
        found.update(((kind, uuid), node) for uuid, node in nodes.items())
    return [found.get(one) for one in ids]


async def _nodes_of_type(context: Context, kind: str, ids: list[UUID], selection: Selection) -> dict[UUID, Any]:
    reader = context.reader
    if kind == "Lead":
        return dict(await leads_by_id(context, ids, selection))
    if kind == "LeadQueue":
        return {uuid: queue(row) for uuid, row in (await queues.by_id(reader, ids)).items()}
    if kind == "SavedView":
        return await views_by_id(context, ids)
    if kind == "ApiKey":
        return await keys_by_id(context, ids)
    if kind == "IntakeKey":
        return await intake_keys_by_id(context, ids)
    if kind == "Webhook":
        return await webhooks_by_id(context, ids)
    if kind == "Notification":
        return dict(await notifications_by_id(context, ids))
    if kind == "LeadImport":
        return await imports_of(context, ids)
    if kind in ENTRY_READERS:
        return await ENTRY_READERS[kind].by_ids(context, ids, selection)
    if kind in ORGANIZATION_KINDS:
        records = await organization.by_id(reader.connection, reader.viewer, ORGANIZATION_KINDS[kind], ids)
        make = CONNECTIONS[ORGANIZATION_KINDS[kind]].make
        return {uuid: make(row) for uuid, row in records.items()}
    if kind in CUSTOMER_KINDS:
        found = await opportunities.by_id(reader.connection, reader.viewer, CUSTOMER_KINDS[kind], ids)
        make_customer = customers.ROW_MAPPINGS[CUSTOMER_KINDS[kind]][1]
        return {uuid: make_customer(row, reader.viewer) for uuid, row in found.items()}
    return {}
