"""The entry point of `gql-leads`.

A failed command prints one sentence on standard error and exits with status 1; wrong usage exits with 2.
"""

import logging
import os
import sys

import typer

from gql_leads.cli import database, demo, export, members, schema, serve, tokens
from gql_leads.cli.errors import fail
from gql_leads.domain.errors import LeadsError
from gql_leads.settings import SettingsError

app = typer.Typer(
    name="gql-leads", help="Manage the sales leads of a marketplace.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip
for command in (serve.serve, database.migrate, schema.schema, database.backup, export.export, demo.demo, tokens.token):
    app.command()(command)
app.add_typer(members.member, name="member")


def main() -> None:
    """Run the command; print expected errors as one sentence instead of a traceback."""
    # Strawberry logs every error of a document; the commands print the message themselves.
    logging.getLogger("strawberry").addHandler(logging.NullHandler())
    try:
        app()
    except (LeadsError, SettingsError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Python flushes standard output at exit, which would fail again and print a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
