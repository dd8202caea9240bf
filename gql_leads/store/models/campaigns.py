"""Campaigns and their member leads."""

from tortoise import fields
from tortoise.models import Model

from gql_leads.store.models.columns import KeyField
from gql_leads.store.models.leads import Lead


class Campaign(Model):
    """Something the vendor runs to win customers."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=200)
    name_key = KeyField(max_length=400)
    search_text = fields.TextField(db_default="")
    """Name and code, folded for search."""
    code = fields.CharField(max_length=100)
    code_key = KeyField(max_length=400, unique=True)
    starts_on = fields.CharField(max_length=10, null=True)
    ends_on = fields.CharField(max_length=10, null=True)
    created_at = fields.BigIntField()

    class Meta:
        table = "campaign"


class CampaignMembership(Model):
    """A lead of a campaign, and whether the customer responded to it."""

    id = fields.BigIntField(primary_key=True, generated=True)
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField("leads.Campaign", on_delete=fields.CASCADE, related_name=False)
    lead: fields.ForeignKeyRelation[Lead] = fields.ForeignKeyField(
        "leads.Lead", on_delete=fields.CASCADE, related_name=False, db_index=True
    )
    joined_at = fields.BigIntField()
    responded = fields.BooleanField(default=False)

    class Meta:
        table = "campaign_membership"
        unique_together = (("campaign", "lead"),)
