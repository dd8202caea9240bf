"""`gql-leads export`: a member's leads as CSV."""

import asyncio
import json
import os
import re
import sys
from typing import Annotated

import typer

from gql_leads.api.resolving.context import Context
from gql_leads.api.schema import schema as graphql_schema
from gql_leads.cli.app_context import member_id_of, open_app_context
from gql_leads.cli.errors import fail
from gql_leads.cli.progress import progress_bar
from gql_leads.exports import csv_of
from gql_leads.services import exports
from gql_leads.settings import Settings, load_settings
from gql_leads.store.access.viewers import viewer_of


def export(
    as_: Annotated[str, typer.Option("--as", metavar="EMAIL", help="Write the leads that this member sees.")],
    search: Annotated[str | None, typer.Option(help="Only leads in which this text occurs.")] = None,
    filter_: Annotated[str | None, typer.Option("--filter", metavar="JSON", help="Only leads that match this LeadFilter.")] = None,
) -> None:
    """Write a member's leads as CSV to standard output."""
    asyncio.run(_export(load_settings(os.environ), as_, search, filter_))


async def _export(settings: Settings, email: str, search: str | None, filter_: str | None) -> None:
    try:
        lead_filter = json.loads(filter_) if filter_ else None
    except ValueError:
        fail('--filter should be a LeadFilter as JSON, such as \'{"statuses": ["NEW"]}\'.')
    async with open_app_context(settings) as app:
        viewer = await viewer_of(app.database.reading, await member_id_of(app, email))
        if viewer is None:
            fail(f"{email} is deactivated, or their partner is.")
        # The mutation validates the filter exactly as it does for clients of the API.
        result = await graphql_schema.execute(
            "mutation ($input: ExportLeadsInput!) { exportLeads(input: $input) { export { url rowCount } errors { message } } }",
            variable_values={"input": {"search": search, "filter": lead_filter}},
            context_value=Context(app, viewer),
        )
        if result.errors or result.data is None:
            fail(_name_option(result.errors[0].message) if result.errors else "The leads cannot be exported.")
        payload = result.data["exportLeads"]
        if payload["errors"]:
            fail(payload["errors"][0]["message"])
        filename, token = payload["export"]["url"].rpartition("/")[2].split("?token=")
        viewer, query = await exports.open_export_link(app, filename, token)
        written = 0
        with progress_bar("Writing") as update:
            async for part in csv_of(app.reader(viewer), query):
                sys.stdout.buffer.write(part)
                written += part.count(b"\r\n")
                update(written, payload["export"]["rowCount"])
        sys.stdout.buffer.flush()


def _name_option(message: str) -> str:
    """Replace the path of the GraphQL variable in an error by the name of the option."""
    return re.sub(r"^Variable '\$input' has invalid value at \.(filter\S*):", r"--\1:", message)
