"""Add the columns that search, text filters and matching compare, and refold what is stored by today's rules, in batches.

Columns are only added, nullable or with a default, so that servers of the version before may still run. What these write lacks the new
columns until it is written again. Where two rows would get one unique key, such as two queues named "Işık" and "ISIK", the later keeps its old key.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

from gql_leads.domain.leads.lead import full_name
from gql_leads.domain.matching.addresses import email_key, email_spellings, is_own_domain
from gql_leads.domain.matching.names import company_name
from gql_leads.domain.values.text_folding import fold, search_text
from gql_leads.store.database.connection import Connection
from gql_leads.store.leads.derived_columns import derived_columns, person_search_text
from gql_leads.store.migrations._columns import AddColumn
from gql_leads.store.models.columns import KeyField
from gql_leads.store.sql import builder
from gql_leads.store.sql.rows import Row, as_uuid

BATCH: Final = 500
LEAD_KEYS: Final = (
    "first_name_key", "last_name_key", "company_key", "company_search", "company_match", "company_form", "company_rest", "listing_key",
    "email_key", "phone_key", "phone_local", "person_key", "search_open", "search_person",
)  # fmt: skip
Keys = Mapping[str, str | None]


def _partner(row: Row) -> Keys:
    return {"name_key": fold(row["name"]), "search_text": search_text(row["name"])}


def _member(row: Row) -> Keys:
    return {
        "name_key": fold(row["name"]),
        "email_key": email_key(row["email"]),
        "search_text": search_text(row["name"], *email_spellings(row["email"])),
    }


def _profile(row: Row) -> Keys:
    return {"location_key": fold(row["location"]), "search_text": search_text(row["location"])}


def _queue(row: Row) -> Keys:
    return {"name_key": fold(row["name"])}


def _campaign(row: Row) -> Keys:
    return {"name_key": fold(row["name"]), "code_key": fold(row["code"]), "search_text": search_text(row["name"], row["code"])}


def _account(row: Row) -> Keys:
    name = None if row["is_person"] else company_name(row["name"])
    domain = row["domain"]
    return {
        "name_key": fold(row["name"]),
        "company_key": name.core if name else None,
        "company_rest": name.rest if name else None,
        "search_text": search_text(row["name"]),
        "domain": domain if domain and is_own_domain(domain, row["name"]) else None,
    }


def _contact(row: Row) -> Keys:
    return {
        "name_key": fold(full_name(row["first_name"], row["last_name"])),
        "email_key": email_key(row["email"]) if row["email"] else None,
        "search_text": person_search_text(row["first_name"], row["last_name"], row["email"]),
    }


def _lead(row: Row) -> Keys:
    person = (row["first_name"], row["last_name"], row["email"], row["phone"])
    columns = derived_columns(*person, row["company"], row["listing_name"], row["country"])
    return {name: columns[name] for name in LEAD_KEYS}


REFOLDED: Final[Mapping[str, tuple[str | None, Callable[[Row], Keys]]]] = {
    "partner": ("name_key", _partner),
    "member": ("email_key", _member),
    "listing": (None, _partner),
    "business_profile": (None, _profile),
    "lead_queue": ("name_key", _queue),
    "campaign": ("code_key", _campaign),
    "account": (None, _account),
    "contact": (None, _contact),
    "opportunity": (None, _partner),
    "lead": (None, _lead),
}
"""For each table, the key that is unique, and how its keys are made from a row."""

SPARSE: Final = {
    "lead_company_search": "company_search",
    "lead_company_rest": "company_rest",
    "lead_phone_local": "phone_local",
    "account_company_rest": "company_rest",
}
REQUEST: Final = "CREATE INDEX lead_request_present ON lead (listing_id, substr({0}, 1, 300), created_at) WHERE {0} IS NOT NULL"


async def forward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Refold every table, then make the indexes."""
    dialect = editor.client.capabilities.dialect
    connection = Connection(editor.client, "postgres" if dialect == "postgres" else "sqlite")
    for table, (unique, keys) in REFOLDED.items():
        await _refold(connection, table, unique, keys)
    using = "USING hash" if dialect == "postgres" else ""
    for name, column in SPARSE.items():
        table = name.partition("_")[0]
        await connection.execute(f"CREATE INDEX {name}_present ON {table} {using} ({column}) WHERE {column} IS NOT NULL")
    await connection.execute("DROP INDEX lead_request_present")
    await connection.execute(REQUEST.format("company_match"))


async def backward(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Restore the indexes; the keys stay as they are, for both versions fold alike but for the new rules."""
    for name in (*SPARSE, "lead_request"):
        await editor.client.execute_query(f"DROP INDEX {name}_present")
    await editor.client.execute_query(REQUEST.format("company_key"))


async def _refold(connection: Connection, table: str, unique: str | None, keys: Callable[[Row], Keys]) -> None:
    """Write the keys that differ from what is stored. Purged leads keep none."""
    taken = set() if unique is None else {row["key"] for row in await connection.fetch(f"SELECT {unique} AS key FROM {table}")}
    kept = "AND purged_at IS NULL" if table == "lead" else ""
    last = UUID(int=0)
    while True:
        selected = f"SELECT * FROM {table} WHERE id > ? {kept} ORDER BY id LIMIT {BATCH}"
        rows = await connection.fetch(selected, last)
        for row in rows:
            written = {name: value for name, value in keys(row).items() if value != row[name]}
            if unique in written:
                if written[unique] in taken:
                    del written[unique]
                else:
                    taken.add(written[unique])
            if written:
                await connection.execute(builder.update(table, written, row["id"]))
        if len(rows) < BATCH:
            return
        last = as_uuid(rows[-1]["id"])


SEARCHED: Final = ("Partner", "Member", "Listing", "BusinessProfile", "Campaign", "Account", "Contact", "Opportunity")
KEYS: Final[tuple[tuple[str, str, Any], ...]] = (
    *((model, "search_text", fields.TextField(db_default="")) for model in SEARCHED),
    ("Account", "company_rest", KeyField(max_length=1600, null=True)),
    ("Lead", "phone_given", fields.CharField(max_length=50, null=True)),
    ("Lead", "company_search", KeyField(max_length=800, null=True)),
    ("Lead", "company_match", KeyField(max_length=800, null=True)),
    ("Lead", "company_form", KeyField(max_length=200, null=True)),
    ("Lead", "company_rest", KeyField(max_length=800, null=True)),
    ("Lead", "phone_local", KeyField(max_length=50, null=True)),
)


class Migration(migrations.Migration):
    """After the indexes of trigrams apart."""

    dependencies = [("leads", "0009_grams_apart")]  # noqa: RUF012  (Tortoise's names)

    operations = [*(AddColumn(model, name, field) for model, name, field in KEYS), ops.RunPython(forward, backward)]  # noqa: RUF012
