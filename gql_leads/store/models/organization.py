"""Partners, members, listings and business profiles."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from gql_leads.store.models.columns import KeyField


class Partner(Model):
    """A company that sells on the marketplace."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=200)
    name_key = KeyField(max_length=400, unique=True)
    search_text = fields.TextField(db_default="")
    """The name, folded for search."""
    country = fields.CharField(max_length=2, null=True)
    is_active = fields.BooleanField(default=True)
    created_at = fields.BigIntField()

    class Meta:
        table = "partner"


class Member(Model):
    """A person who may come in: of a partner, or of the vendor where `partner` is null."""

    id = fields.UUIDField(primary_key=True)
    partner: fields.ForeignKeyNullableRelation[Partner] = fields.ForeignKeyField(
        "leads.Partner", null=True, on_delete=fields.RESTRICT, related_name=False, db_index=True
    )
    partner_id: UUID | None
    name = fields.CharField(max_length=200)
    name_key = KeyField(max_length=400)
    search_text = fields.TextField(db_default="")
    """Name and e-mail address, folded for search."""
    email = fields.CharField(max_length=254)
    email_key = KeyField(max_length=300, unique=True)
    roles: fields.Field[list[str]] = fields.JSONField()
    is_service = fields.BooleanField(db_default=False)
    """True for the member as which an API key acts: it cannot sign in or get mail."""
    language = fields.CharField(max_length=2, db_default="EN")
    """The language of mails, notifications and pages for this member."""
    preferred_email = fields.CharField(max_length=254, null=True)
    """The address for mails, if it is not `email`, with which the member signs in."""
    email_frequency = fields.CharField(max_length=20, db_default="AUTOMATIC")
    muted_kinds: fields.Field[list[str]] = fields.JSONField(null=True)
    """Kinds of notifications of which the member wants neither mails nor notifications."""
    is_active = fields.BooleanField(default=True)
    created_at = fields.BigIntField()

    class Meta:
        table = "member"


class Listing(Model):
    """An offer of a partner on the marketplace."""

    id = fields.UUIDField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField(
        "leads.Partner", on_delete=fields.RESTRICT, related_name=False, db_index=True
    )
    name = fields.CharField(max_length=200)
    name_key = KeyField(max_length=400)
    search_text = fields.TextField(db_default="")
    """The name, folded for search."""
    kind = fields.CharField(max_length=20)
    calls_to_action: fields.Field[list[str]] = fields.JSONField()
    is_published = fields.BooleanField(default=True)
    created_at = fields.BigIntField()
    renamed_at = fields.BigIntField(null=True)
    """Time of the last change of name or kind, until the copies in all of its leads are updated."""
    external_ids: fields.Field[list[str]] = fields.JSONField(null=True)
    """Ids that marketplaces know it by, as they were given; `ListingExternalId` has one row for each."""

    class Meta:
        table = "listing"


class ListingExternalId(Model):
    """An id that a marketplace knows a listing by, such as `publisher.offer`; no two listings have the same."""

    key = KeyField(max_length=200, primary_key=True)
    """The id, folded."""
    listing: fields.ForeignKeyRelation[Listing] = fields.ForeignKeyField(
        "leads.Listing", on_delete=fields.CASCADE, related_name=False, db_index=True
    )
    listing_id: UUID

    class Meta:
        table = "listing_external_id"


class BusinessProfile(Model):
    """A partner's public face at one location."""

    id = fields.UUIDField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField(
        "leads.Partner", on_delete=fields.RESTRICT, related_name=False, db_index=True
    )
    partner_id: UUID
    location = fields.CharField(max_length=200)
    location_key = KeyField(max_length=400)
    search_text = fields.TextField(db_default="")
    """The location, folded for search."""
    country = fields.CharField(max_length=2, null=True)
    contact_email = fields.CharField(max_length=254, null=True)
    keywords: fields.Field[list[str]] = fields.JSONField()
    company_sizes: fields.Field[list[str]] = fields.JSONField()
    created_at = fields.BigIntField()

    class Meta:
        table = "business_profile"
