"""The lead in a delivery: the answer of a fixed query, as the owner of the webhook sees it now."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from gql_leads.api.resolving.context import Context
from gql_leads.api.schema import schema
from gql_leads.api.values.ids import encode_id
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext

DOCUMENT: Final = """
query LeadsOfWebhook($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Lead {
      id reference version type source callToAction status stage outcome company companySize industry city region country
      externalReference contactHidden message listingTitle recipientEmail quality
      qualityReasons { code message } contactRequestedAt contactUrgency isHot
      requiresResponse expiresAt isTest createdAt updatedAt claimedAt acceptedAt archivedAt
      contact { firstName lastName fullName title email emailValidity phone phoneValidity }
      listing { id name } partner { id name } queue { id name } owner { id name } sender { id name }
    }
  }
}
"""


async def current_leads(app: AppContext, viewer: Viewer, lead_ids: Collection[UUID]) -> dict[UUID, Any]:
    """Return leads as JSON by id; those that the viewer cannot see are missing."""
    wanted = list(dict.fromkeys(lead_ids))
    if not wanted:
        return {}
    ids = [encode_id("Lead", lead_id) for lead_id in wanted]
    result = await schema.execute(DOCUMENT, variable_values={"ids": ids}, context_value=Context(app, viewer))
    if result.errors or result.data is None:
        raise RuntimeError(f"The leads of a delivery cannot be read: {result.errors}")
    return {lead_id: lead for lead_id, lead in zip(wanted, result.data["nodes"], strict=True) if lead is not None}
