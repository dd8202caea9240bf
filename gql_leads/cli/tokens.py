"""`gql-leads token`: bearer tokens of members."""

import asyncio
import os
import re
from datetime import timedelta
from typing import Annotated, Final

import typer

from gql_leads.cli.app_context import member_id_of, open_app_context
from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in.tokens import Tokens
from gql_leads.settings import Settings, load_settings

TOKEN_LIFETIME: Final = timedelta(hours=12)
UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def token(
    email: Annotated[str, typer.Argument(help="The member's address.")],
    expires: Annotated[str, typer.Option(metavar="12h", help="The token's lifetime: a number of s, m, h or d.")] = "12h",
) -> None:
    """Print a bearer token of a member as the last line."""
    lifetime = _duration(expires)
    print(asyncio.run(_mint(load_settings(os.environ), email, lifetime)))


async def mint_token(app: AppContext, settings: Settings, email: str, lifetime: timedelta) -> str:
    """Return a new bearer token of the member with this address; fail if there is none."""
    return Tokens(settings.secret_keys()[0]).mint(await member_id_of(app, email), app.now(), lifetime)


async def _mint(settings: Settings, email: str, lifetime: timedelta) -> str:
    async with open_app_context(settings) as app:
        return await mint_token(app, settings, email, lifetime)


def _duration(text: str) -> timedelta:
    parts = re.fullmatch(r"([1-9]\d{0,6})([smhd])", text)
    if parts is None:
        raise typer.BadParameter("give a number and a unit: 30m, 12h or 7d", param_hint="--expires")
    return timedelta(**{UNITS[parts[2]]: int(parts[1])})
