"""The entry point of `gql-leads`.

A failed command prints a sentence for each error on standard error and exits with status 1; wrong usage exits with 2.
"""

import importlib
import logging
import os
import sys
from typing import Annotated, Any, Final, NamedTuple

import typer
from typer.core import TyperGroup

from gql_leads import __version__
from gql_leads.cli.errors import fail
from gql_leads.domain.errors import LeadsError
from gql_leads.environment import SettingsError, read_dotenv


class Command(NamedTuple):
    """A command: its module in this package, its function or group there, and its line in the list of commands."""

    module: str
    name: str
    help: str


COMMANDS: Final = {
    "serve": Command("serve", "serve", "Serve the API until the process gets SIGINT or SIGTERM."),
    "migrate": Command("database", "migrate", "Bring the database's tables up to date."),
    "schema": Command("schema", "schema", "Print the GraphQL schema."),
    "backup": Command("database", "backup", "Copy the SQLite database, also while a server uses it."),
    "restore": Command("database", "restore", "Put a backup in the place of the SQLite database; no server may use it meanwhile."),
    "new-epoch": Command("database", "new_epoch", "Expire every event cursor, after files of the database were copied by hand."),
    "export": Command("export", "export", "Write a member's leads as CSV to standard output."),
    "import": Command("imports", "import_", "Import leads from a CSV file as a member."),
    "demo": Command("demo", "demo", "Fill the database with demo data; running it again adds nothing."),
    "token": Command("tokens", "token", "Print a bearer token of a member as the last line."),
    "init": Command("init", "init", "Make the first administrator and print a link with which they set their password."),
    "member": Command("members", "member", "Manage members."),
    "api-key": Command("api_keys", "api_key", "Manage API keys."),
    "intake-key": Command("intake_keys", "intake_key", "Manage intake keys, with which web pages and marketplaces send leads."),
    "mail": Command("mail", "mail", "See what mails look like, and send waiting digests."),
    "partner": Command("partners", "partner", "Manage partners."),
}


class LazyGroup(TyperGroup):
    """Imports the module of a command only to run it: importing all of them takes two seconds."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the name of the command, the command itself, and the remaining arguments."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else load_command(COMMANDS[name]), rest


def load_command(command: Command) -> Any:
    """Import a command or a group of commands."""
    loaded = getattr(importlib.import_module(f"gql_leads.cli.{command.module}"), command.name)
    if isinstance(loaded, typer.Typer):
        return typer.main.get_group(loaded)
    single = typer.Typer(add_completion=False)
    single.command()(loaded)
    return typer.main.get_command(single)


app = typer.Typer(
    name="gql-leads", help="Manage the sales leads of a marketplace.", no_args_is_help=True, pretty_exceptions_enable=False, cls=LazyGroup
)


def _unloaded() -> None:
    """Stand for a command in the list of commands until `LazyGroup` loads it."""


for _name, _command in COMMANDS.items():
    app.command(_name, help=_command.help)(_unloaded)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(f"gql-leads {__version__}")
        raise typer.Exit


@app.callback()
def before_command(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)] = False,
) -> None:
    """Manage the sales leads of a marketplace."""
    read_dotenv(os.environ)


def main() -> None:
    """Run the command; print expected errors as sentences instead of a traceback."""
    # Strawberry logs every error of a document; the commands print the message themselves.
    logging.getLogger("strawberry").addHandler(logging.NullHandler())
    try:
        app(prog_name="gql-leads")
    except SettingsError as error:
        fail(*str(error).splitlines())
    except LeadsError as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Python flushes standard output at exit, which would fail again and print a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
