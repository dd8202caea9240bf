"""Leads with their notes, activities, timeline and favorites.

`Lead` has a column for each attribute of the domain, and derived columns.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from gql_leads.store.models.columns import KeyField
from gql_leads.store.models.organization import BusinessProfile, Listing, Member, Partner
from gql_leads.store.models.queues import LeadQueue

if TYPE_CHECKING:
    from gql_leads.store.models.opportunities import Opportunity


class Lead(Model):
    """One customer's interest."""

    id = fields.UUIDField(primary_key=True)
    reference = fields.CharField(max_length=16, unique=True)
    version = fields.IntField()
    type = fields.CharField(max_length=32)
    source = fields.CharField(max_length=32)
    call_to_action = fields.CharField(max_length=32, null=True)
    status = fields.CharField(max_length=32)
    stage = fields.CharField(max_length=32)
    outcome = fields.CharField(max_length=32, null=True)

    first_name = fields.CharField(max_length=100, null=True)
    last_name = fields.CharField(max_length=254)
    title = fields.CharField(max_length=100, null=True)
    email = fields.CharField(max_length=254, null=True)
    email_validity = fields.CharField(max_length=16)
    phone = fields.CharField(max_length=50, null=True)
    phone_given = fields.CharField(max_length=50, null=True)
    """The number as it was given, where `phone` is another spelling of it."""
    phone_validity = fields.CharField(max_length=16)
    company = fields.CharField(max_length=200, null=True)
    company_size = fields.CharField(max_length=32, null=True)
    industry = fields.CharField(max_length=100, null=True)
    city = fields.CharField(max_length=100, null=True)
    region = fields.CharField(max_length=100, null=True)
    country = KeyField(max_length=2, null=True)
    consent_to_contact = fields.BooleanField()
    consent_to_share = fields.BooleanField()
    message = fields.TextField(null=True)
    message_masked = fields.TextField(null=True)
    """The message without the contact's names, addresses and numbers, shown where the contact is hidden."""
    external_reference = fields.CharField(max_length=200, null=True)
    reference_scope = fields.CharField(max_length=36, null=True)
    quality = fields.CharField(max_length=8)
    quality_reasons: fields.Field[list[str]] = fields.JSONField()

    listing: fields.ForeignKeyNullableRelation[Listing] = fields.ForeignKeyField(
        "leads.Listing", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    listing_name = fields.CharField(max_length=200, null=True)
    listing_kind = fields.CharField(max_length=16, null=True)
    profile: fields.ForeignKeyNullableRelation[BusinessProfile] = fields.ForeignKeyField(
        "leads.BusinessProfile", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    partner: fields.ForeignKeyNullableRelation[Partner] = fields.ForeignKeyField(
        "leads.Partner", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    queue: fields.ForeignKeyNullableRelation[LeadQueue] = fields.ForeignKeyField(
        "leads.LeadQueue", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    origin_queue: fields.ForeignKeyNullableRelation[LeadQueue] = fields.ForeignKeyField(
        "leads.LeadQueue", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    owner: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "leads.Member", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    sender: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "leads.Member", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    sender_partner: fields.ForeignKeyNullableRelation[Partner] = fields.ForeignKeyField(
        "leads.Partner", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    recipient_email = fields.CharField(max_length=254, null=True)

    requires_response = fields.BooleanField()
    reached_at = fields.BigIntField(null=True)
    queued_at = fields.BigIntField(null=True)
    """The time of its return to a queue; NULL if it waits since its creation, and with a partner."""
    contact_requested_at = fields.BigIntField(null=True)
    overdue_at = fields.BigIntField(null=True)
    expires_at = fields.BigIntField(null=True)
    created_at = fields.BigIntField()
    updated_at = fields.BigIntField()
    sent_version = fields.IntField(null=True)
    """The version that the sender sees, and its time; NULL where they equal `version` and `updated_at`."""
    sent_updated_at = fields.BigIntField(null=True)
    claimed_at = fields.BigIntField(null=True)
    accepted_at = fields.BigIntField(null=True)
    archived_at = fields.BigIntField(null=True)
    deleted_at = fields.BigIntField(null=True)
    purged_at = fields.BigIntField(null=True)
    erased_at = fields.BigIntField(null=True)
    reminded_for = fields.BigIntField(null=True)
    """The time of expiry of which its holder was reminded."""
    is_test = fields.BooleanField()

    deal_name = fields.CharField(max_length=400, null=True)
    deal_minor = fields.BigIntField(null=True)
    deal_currency = fields.CharField(max_length=3, null=True)
    purchase_timeframe = fields.CharField(max_length=32, null=True)
    expected_close_date = fields.CharField(max_length=10, null=True)
    campaign_code = fields.CharField(max_length=100, null=True)
    crm_id = fields.CharField(max_length=100, null=True)
    team: fields.Field[list[dict[str, str]]] = fields.JSONField()

    customer_responded = fields.BooleanField()
    budget = fields.BooleanField()
    authority = fields.BooleanField()
    need = fields.BooleanField()
    timeline = fields.BooleanField()
    qualified_at = fields.BigIntField(null=True)

    close_reason = fields.CharField(max_length=32, null=True)
    close_comment = fields.TextField(null=True)
    closed_by: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "leads.Member", null=True, on_delete=fields.RESTRICT, related_name=False
    )

    account_id = fields.UUIDField(null=True)
    contact_id = fields.UUIDField(null=True)
    opportunity_id = fields.UUIDField(null=True)
    duplicate_of_id = fields.UUIDField(null=True)
    """The lead that it was merged into."""
    campaign_ids: fields.Field[list[str]] = fields.JSONField()

    first_name_key = KeyField(max_length=400, null=True)
    last_name_key = KeyField(max_length=1100)
    company_key = KeyField(max_length=800, null=True)
    listing_key = KeyField(max_length=800, null=True)
    email_key = KeyField(max_length=400, null=True)
    company_search = KeyField(max_length=800, null=True)
    """The company folded for search: what text filters compare."""
    company_match = KeyField(max_length=800, null=True)
    """The company as duplicates compare it: `names.CompanyName.core`, and so on for the next two."""
    company_form = KeyField(max_length=200, null=True)
    company_rest = KeyField(max_length=800, null=True)
    phone_key = KeyField(max_length=50, null=True)
    """The normalized international number: `phone_keys.PhoneKeys.dialed`."""
    phone_local = KeyField(max_length=50, null=True)
    """The normalized national number: `phone_keys.PhoneKeys.national`."""
    person_key = KeyField(max_length=2400, null=True)
    """Full name and `company_match` as they are compared, where both are known."""
    search_open = fields.TextField()
    """Folded company and listing name, which everybody who sees the lead may search."""
    search_person = fields.TextField()
    """Folded full name and e-mail, hidden with the contact."""

    class Meta:
        table = "lead"
        # Those of columns that are mostly NULL are made by a migration: they leave the NULLs out.
        unique_together = (("source", "external_reference", "reference_scope"),)
        indexes = (
            # The last two are there to be counted, and looked at before the row is.
            ("partner_id", "created_at", "id", "deleted_at", "status"),
            ("created_at", "id"),
        )


class Note(Model):
    """A note on a lead or an opportunity; visible to the partner that had it at the time, and to the vendor."""

    id = fields.UUIDField(primary_key=True)
    lead: fields.ForeignKeyNullableRelation[Lead] = fields.ForeignKeyField(
        "leads.Lead", null=True, on_delete=fields.CASCADE, related_name=False
    )
    opportunity: fields.ForeignKeyNullableRelation["Opportunity"] = fields.ForeignKeyField(
        "leads.Opportunity", null=True, on_delete=fields.CASCADE, related_name=False
    )
    partner_id = fields.UUIDField(null=True)
    author: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.RESTRICT, related_name=False)
    body = fields.TextField()
    created_at = fields.BigIntField()
    updated_at = fields.BigIntField()

    class Meta:
        table = "note"
        indexes = (("lead_id", "created_at", "id"),)


class NoteMention(Model):
    """A member whom a note names."""

    id = fields.BigIntField(primary_key=True, generated=True)
    note: fields.ForeignKeyRelation[Note] = fields.ForeignKeyField("leads.Note", on_delete=fields.CASCADE, related_name=False)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.CASCADE, related_name=False)

    class Meta:
        table = "note_mention"
        unique_together = (("note", "member"),)


class Activity(Model):
    """A call, e-mail, meeting or task for a lead or an opportunity; visible like a note."""

    id = fields.UUIDField(primary_key=True)
    lead: fields.ForeignKeyNullableRelation[Lead] = fields.ForeignKeyField(
        "leads.Lead", null=True, on_delete=fields.CASCADE, related_name=False
    )
    opportunity: fields.ForeignKeyNullableRelation["Opportunity"] = fields.ForeignKeyField(
        "leads.Opportunity", null=True, on_delete=fields.CASCADE, related_name=False
    )
    partner_id = fields.UUIDField(null=True)
    kind = fields.CharField(max_length=16)
    subject = fields.CharField(max_length=400)
    body = fields.TextField(null=True)
    due_at = fields.BigIntField(null=True)
    completed_at = fields.BigIntField(null=True)
    owner: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.RESTRICT, related_name=False)
    created_at = fields.BigIntField()
    updated_at = fields.BigIntField(null=True)
    """NULL until it is changed."""

    class Meta:
        table = "activity"
        indexes = (("lead_id", "created_at", "id"),)


class TimelineEntry(Model):
    """One thing that happened to a lead, never edited."""

    id = fields.BigIntField(primary_key=True, generated=True)
    lead: fields.ForeignKeyRelation[Lead] = fields.ForeignKeyField("leads.Lead", on_delete=fields.CASCADE, related_name=False)
    partner_id = fields.UUIDField(null=True)
    kind = fields.CharField(max_length=32)
    """A kind that every release reads; `later_kind` is the exact one if release 0.4 does not know it."""
    later_kind = fields.CharField(max_length=32, null=True)
    occurred_at = fields.BigIntField()
    actor: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "leads.Member", null=True, on_delete=fields.RESTRICT, related_name=False
    )
    changes: fields.Field[list[dict[str, str]]] = fields.JSONField()
    note_id = fields.UUIDField(null=True)
    activity_id = fields.UUIDField(null=True)

    class Meta:
        table = "timeline_entry"
        indexes = (("lead_id", "id"), ("actor_id", "id"))


class Favorite(Model):
    """A member's own mark on a lead."""

    id = fields.BigIntField(primary_key=True, generated=True)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.CASCADE, related_name=False)
    lead: fields.ForeignKeyRelation[Lead] = fields.ForeignKeyField(
        "leads.Lead", on_delete=fields.CASCADE, related_name=False, db_index=True
    )
    created_at = fields.BigIntField()

    class Meta:
        table = "favorite"
        unique_together = (("member", "lead"),)


class LeadMerge(Model):
    """One lead merged into another, and what goes back when it is unmerged. It holds no text of either lead."""

    id = fields.UUIDField(primary_key=True)
    duplicate: fields.ForeignKeyRelation[Lead] = fields.ForeignKeyField(
        "leads.Lead", on_delete=fields.CASCADE, related_name=False, db_index=True
    )
    duplicate_id: UUID
    primary_id = fields.UUIDField(db_index=True)
    merged_at = fields.BigIntField()
    undone_at = fields.BigIntField(null=True)
    before: fields.Field[dict[str, Any]] = fields.JSONField()
    """Stage, queue and times of the duplicate."""
    filled: fields.Field[list[str]] = fields.JSONField()
    """Names of the attributes that the primary took."""
    moved: fields.Field[dict[str, list[Any]]] = fields.JSONField()
    """Ids of the rows that moved, by table."""

    class Meta:
        table = "lead_merge"
