"""Accounts, contacts and opportunities, which leads are converted into; each belongs to one partner."""

from tortoise import fields
from tortoise.models import Model

from gql_leads.store.models.columns import KeyField
from gql_leads.store.models.leads import Lead
from gql_leads.store.models.organization import Member, Partner


class Account(Model):
    """A customer of a partner: a company, or a person without one."""

    id = fields.UUIDField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("leads.Partner", on_delete=fields.RESTRICT, related_name=False)
    name = fields.CharField(max_length=400)
    name_key = KeyField(max_length=1600)
    search_text = fields.TextField(db_default="")
    company_key = KeyField(max_length=1600, null=True)
    """The name as companies are recognised by it (`names.CompanyName.core`); NULL for a person."""
    company_rest = KeyField(max_length=1600, null=True)
    """The name without the legal form at its front; NULL where there is none."""
    domain = KeyField(max_length=254, null=True)
    """The company's part of its people's e-mail addresses; NULL where it is not known."""
    is_domain_given = fields.BooleanField(default=False, db_default=False)
    """True where a member said so; False where it was learned from an address."""
    is_person = fields.BooleanField(default=False)
    country = fields.CharField(max_length=2, null=True)
    created_at = fields.BigIntField()

    class Meta:
        table = "account"
        indexes = (("partner_id", "company_key"), ("partner_id", "domain"), ("partner_id", "created_at", "id"))


class Contact(Model):
    """A person a partner knows."""

    id = fields.UUIDField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("leads.Partner", on_delete=fields.RESTRICT, related_name=False)
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "leads.Account", null=True, on_delete=fields.RESTRICT, related_name=False, db_index=True
    )
    first_name = fields.CharField(max_length=100, null=True)
    last_name = fields.CharField(max_length=254)
    title = fields.CharField(max_length=100, null=True)
    email = fields.CharField(max_length=254, null=True)
    email_key = KeyField(max_length=400, null=True)
    phone = fields.CharField(max_length=50, null=True)
    name_key = KeyField(max_length=1600)
    """Folded full name."""
    search_text = fields.TextField(db_default="")
    """Full name in both orders and e-mail address, folded for search."""
    created_at = fields.BigIntField()

    class Meta:
        table = "contact"
        indexes = (("partner_id", "email_key"), ("partner_id", "name_key"), ("partner_id", "created_at", "id"))


class Opportunity(Model):
    """A sale a partner works on."""

    id = fields.UUIDField(primary_key=True)
    version = fields.IntField()
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("leads.Partner", on_delete=fields.RESTRICT, related_name=False)
    name = fields.CharField(max_length=800)
    name_key = KeyField(max_length=3200)
    search_text = fields.TextField(db_default="")
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "leads.Account", on_delete=fields.RESTRICT, related_name=False, db_index=True
    )
    contact: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "leads.Contact", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    lead: fields.ForeignKeyNullableRelation[Lead] = fields.ForeignKeyField(
        "leads.Lead", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    stage = fields.CharField(max_length=32)
    close_reason = fields.CharField(max_length=32, null=True)
    amount_minor = fields.BigIntField(null=True)
    amount_currency = fields.CharField(max_length=3, null=True)
    expected_close_date = fields.CharField(max_length=10, null=True)
    owner: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.RESTRICT, related_name=False)
    created_at = fields.BigIntField()
    updated_at = fields.BigIntField()
    closed_at = fields.BigIntField(null=True)

    class Meta:
        table = "opportunity"
        indexes = (("partner_id", "created_at", "id"), ("owner_id", "created_at", "id"))


class OpportunityTimelineEntry(Model):
    """One thing that happened to an opportunity, never edited."""

    id = fields.BigIntField(primary_key=True, generated=True)
    opportunity: fields.ForeignKeyRelation[Opportunity] = fields.ForeignKeyField(
        "leads.Opportunity", on_delete=fields.CASCADE, related_name=False
    )
    kind = fields.CharField(max_length=32)
    occurred_at = fields.BigIntField()
    actor: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "leads.Member", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    changes: fields.Field[list[dict[str, str]]] = fields.JSONField()

    class Meta:
        table = "opportunity_timeline_entry"
        indexes = (("opportunity_id", "id"),)
