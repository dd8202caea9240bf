"""Searches, filters and sorts that members keep under a name."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from gql_leads.store.models.columns import KeyField
from gql_leads.store.models.organization import Member


class SavedView(Model):
    """A member's view; a shared one is seen by all members of the owner's partner (or of the vendor)."""

    id = fields.UUIDField(primary_key=True)
    owner: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.CASCADE, related_name=False)
    owner_id: UUID
    name = fields.CharField(max_length=100)
    name_key = KeyField(max_length=400)
    """The folded name, of which a member has one view."""
    search = fields.TextField(null=True)
    lead_filter: fields.Field[Any] = fields.JSONField(null=True)
    """The LeadFilter and the list of LeadSort as the client wrote them."""
    lead_sort: fields.Field[Any] = fields.JSONField(null=True)
    is_shared = fields.BooleanField()
    position = fields.IntField()
    """The place among the owner's views, from 0."""
    created_at = fields.BigIntField()

    class Meta:
        table = "saved_view"
        unique_together = (("owner", "name_key"),)
