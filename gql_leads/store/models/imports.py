"""Imports of CSV files: their progress, the uploaded file in pieces, and the errors of its rows."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from gql_leads.store.models.organization import Member


class LeadImport(Model):
    """An import of a CSV file."""

    id = fields.UUIDField(primary_key=True)
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField("leads.Member", on_delete=fields.RESTRICT, related_name=False)
    member_id: UUID
    partner_id: UUID | None = fields.UUIDField(null=True)
    """The member's partner; NULL for the vendor."""
    filename = fields.CharField(max_length=255)
    state = fields.CharField(max_length=16)
    mapping: fields.Field[list[list[str]]] = fields.JSONField()
    """The headings and fields that the member gave."""
    delimiter = fields.CharField(max_length=1, null=True)
    """The given or recognised separator of cells."""
    encoding = fields.CharField(max_length=16, null=True)
    """The given or recognised character encoding."""
    created_at = fields.BigIntField()
    finished_at: int | None = fields.BigIntField(null=True)
    upload_id: UUID | None = fields.UUIDField(null=True)
    """The upload whose pieces are the file; NULL until a whole file arrived."""
    total_rows: int | None = fields.IntField(null=True)
    """NULL until the file was read once to count them."""
    processed_rows = fields.IntField(default=0)
    created_rows = fields.IntField(default=0)
    updated_rows = fields.IntField(default=0)
    duplicate_rows = fields.IntField(default=0)
    rejected_rows = fields.IntField(default=0)
    position = fields.BigIntField(default=0)
    """Offset in bytes of the first record that is not processed."""
    record = fields.IntField(default=0)
    """Number of the records before the position, the header included."""
    last_created_at: int | None = fields.BigIntField(null=True)
    """Creation time and id of the last lead that keeps its reference, so that equal times keep the order of the file."""
    last_lead_id: UUID | None = fields.UUIDField(null=True)
    lease_id: UUID | None = fields.UUIDField(null=True)
    """The server process that works on it, until `leased_until`."""
    leased_until: int | None = fields.BigIntField(null=True)

    class Meta:
        table = "lead_import"
        indexes = (("created_at", "id"), ("state", "leased_until"))


class LeadImportChunk(Model):
    """A piece of an uploaded file: every server can read it."""

    id = fields.BigIntField(primary_key=True, generated=True)
    lead_import: fields.ForeignKeyRelation[LeadImport] = fields.ForeignKeyField(
        "leads.LeadImport", on_delete=fields.CASCADE, related_name=False, db_index=True
    )
    upload_id = fields.UUIDField()
    number = fields.IntField()
    data = fields.BinaryField()

    class Meta:
        table = "lead_import_chunk"
        unique_together = (("upload_id", "number"),)


class LeadImportError(Model):
    """An error in a row or a column of an imported file."""

    id = fields.BigIntField(primary_key=True, generated=True)
    lead_import: fields.ForeignKeyRelation[LeadImport] = fields.ForeignKeyField(
        "leads.LeadImport", on_delete=fields.CASCADE, related_name=False
    )
    row = fields.IntField()
    """Number of the record, the header being 1."""
    heading = fields.TextField(null=True)
    message = fields.TextField()

    class Meta:
        table = "lead_import_error"
        indexes = (("lead_import_id", "id"),)
