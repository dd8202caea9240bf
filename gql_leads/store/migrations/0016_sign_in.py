"""Add the tables of passwords, one-time links, sessions and mails, and the language of a member."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from gql_leads.store.migrations._columns import AddColumn

ID = ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True))


def member(**options: Any) -> tuple[str, Any]:
    """Return the foreign key of a member, with which its row is deleted."""
    return "member", fields.ForeignKeyField(
        "leads.Member",
        source_field="member_id",
        db_constraint=True,
        to_field="id",
        related_name=False,
        on_delete=OnDelete.CASCADE,
        **options,
    )


def options(table: str, *indexes: Index) -> dict[str, Any]:
    """Return the options of a table."""
    return {"table": table, "app": "leads", "indexes": list(indexes), "pk_attr": "id"}


class Migration(migrations.Migration):
    """Follow the domains of accounts."""

    dependencies = [("leads", "0015_account_domains")]  # noqa: RUF012  (Tortoise's names)

    operations = [  # noqa: RUF012
        AddColumn("Member", "language", fields.CharField(max_length=2, db_default="EN")),
        ops.CreateModel(
            name="Password",
            fields=[
                (
                    "member",
                    fields.OneToOneField(
                        "leads.Member", source_field="member_id", db_constraint=True, to_field="id", related_name=False,
                        on_delete=OnDelete.CASCADE, primary_key=True,
                    ),
                ),
                ("encoded", fields.CharField(max_length=200)),
                ("set_at", fields.BigIntField()),
            ],
            options={**options("password"), "pk_attr": "member_id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OneTimeLink",
            fields=[
                ID,
                member(db_index=True),
                ("purpose", fields.CharField(max_length=20)),
                ("token_hash", fields.CharField(max_length=64, unique=True)),
                ("created_at", fields.BigIntField()),
                ("expires_at", fields.BigIntField(db_index=True)),
                ("used_at", fields.BigIntField(null=True)),
                ("replaced_at", fields.BigIntField(null=True)),
            ],
            options=options("one_time_link"),
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Session",
            fields=[
                ID,
                member(),
                ("address_key", fields.CharField(max_length=64)),
                ("created_at", fields.BigIntField()),
                ("ended_at", fields.BigIntField(null=True)),
            ],
            options=options("session", Index(fields=["member_id", "address_key"])),
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RefreshToken",
            fields=[
                ID,
                (
                    "session",
                    fields.ForeignKeyField(
                        "leads.Session", source_field="session_id", db_constraint=True, to_field="id", related_name=False,
                        on_delete=OnDelete.CASCADE, db_index=True,
                    ),
                ),
                ("token_hash", fields.CharField(max_length=64, unique=True)),
                ("created_at", fields.BigIntField()),
                ("expires_at", fields.BigIntField(db_index=True)),
                ("used_at", fields.BigIntField(null=True)),
                ("successor_id", fields.UUIDField(null=True)),
            ],
            options=options("refresh_token"),
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignInAttempt",
            fields=[
                ID,
                ("account_key", fields.CharField(max_length=64)),
                ("address_key", fields.CharField(max_length=64)),
                ("attempted_at", fields.BigIntField(db_index=True)),
            ],
            options=options(
                "sign_in_attempt", Index(fields=["account_key", "attempted_at"]), Index(fields=["address_key", "attempted_at"])
            ),
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PasswordResetRequest",
            fields=[ID, ("email_key", fields.CharField(max_length=300)), ("requested_at", fields.BigIntField())],
            options=options("password_reset_request"),
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Mail",
            fields=[
                ID,
                ("kind", fields.CharField(max_length=40)),
                ("member_id", fields.UUIDField(null=True, db_index=True)),
                ("address", fields.CharField(null=True, max_length=254)),
                ("lead_id", fields.UUIDField(null=True, db_index=True)),
                ("link_id", fields.UUIDField(null=True)),
                ("created_at", fields.BigIntField()),
                ("due_at", fields.BigIntField(null=True, db_index=True)),
                ("attempts", fields.IntField(default=0)),
                ("leased_until", fields.BigIntField(null=True)),
                ("sent_at", fields.BigIntField(null=True)),
                ("failed_at", fields.BigIntField(null=True)),
                ("error", fields.TextField(null=True, unique=False)),
            ],
            options=options("mail"),
            bases=["Model"],
        ),
    ]  # fmt: skip
