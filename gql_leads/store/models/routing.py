"""The assignment rules, which decide the partner or queue of a new lead."""

from tortoise import fields
from tortoise.models import Model

from gql_leads.store.models.organization import Partner
from gql_leads.store.models.queues import LeadQueue


class AssignmentRuleSet(Model):
    """One row: the version of the rules, which are saved as a whole."""

    id = fields.IntField(primary_key=True, generated=False)
    version = fields.IntField()

    class Meta:
        table = "assignment_rule_set"


class AssignmentRule(Model):
    """One rule. An empty criterion fits everything."""

    id = fields.BigIntField(primary_key=True, generated=True)
    position = fields.IntField()
    name = fields.CharField(max_length=200)
    is_active = fields.BooleanField()
    countries: fields.Field[list[str]] = fields.JSONField()
    types: fields.Field[list[str]] = fields.JSONField()
    sources: fields.Field[list[str]] = fields.JSONField()
    listing_kinds: fields.Field[list[str]] = fields.JSONField()
    qualities: fields.Field[list[str]] = fields.JSONField()
    keywords: fields.Field[list[str]] = fields.JSONField()
    partner: fields.ForeignKeyNullableRelation[Partner] = fields.ForeignKeyField(
        "leads.Partner", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    queue: fields.ForeignKeyNullableRelation[LeadQueue] = fields.ForeignKeyField(
        "leads.LeadQueue", null=True, on_delete=fields.RESTRICT, related_name=False
    )

    class Meta:
        table = "assignment_rule"
