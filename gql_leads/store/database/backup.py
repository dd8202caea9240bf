"""Copy an SQLite database while it is in use."""

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from gql_leads.domain.errors import BadInput

PAGES = 4_000
"""Pages copied at a time, so that writers do not wait long."""


def back_up(source: Path, target: Path) -> None:
    """Copy the database file; the copy appears whole or not at all.

    Raises BadInput if the source does not exist or the target does.
    """
    if not source.exists():
        raise BadInput(f"There is no database {source} to copy.")
    if target.exists():
        raise BadInput(f"{target} exists already. Name another file.")
    partial = target.with_name(f"{target.name}.{secrets.token_hex(6)}")
    try:
        with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(partial)) as copy:
            original.backup(copy, pages=PAGES)
        os.link(partial, target)
    except (OSError, sqlite3.Error) as error:
        raise BadInput(f"The database cannot be copied to {target}: {error}.") from None
    finally:
        with suppress(OSError):
            partial.unlink()
