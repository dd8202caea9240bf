"""A copy of an SQLite database, taken while it is being served."""

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from gql_leads.domain.errors import BadInput

PAGES = 4_000
"""So many pages are copied at a time, so that writers wait for none."""


def back_up(source: Path, target: Path) -> None:
    """Copy the database file; the copy appears whole or not at all. BadInput where there is nothing to copy, or something in the way."""
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
