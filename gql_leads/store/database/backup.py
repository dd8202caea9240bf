"""Copy an SQLite database while it is in use, and put a copy in its place.

Both start a new epoch of the event log in the copy (see `store.events.epochs`).
"""

import os
import secrets
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from gql_leads.domain.errors import BadInput
from gql_leads.store.database.engines.sqlite_inline import kind_of
from gql_leads.store.events.epochs import start_epoch_in_file

PAGES = 4_000
"""Pages copied at a time, so that writers do not wait long."""
LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
REPLACED = ".before-restore"
"""What is added to the name of a database that a restored one replaced."""


def back_up(source: Path, target: Path) -> None:
    """Copy the database file; the copy appears whole or not at all.

    Raises BadInput if the source does not exist or the target does.
    """
    if not source.exists():
        raise BadInput(f"There is no database {source} to copy.")
    if target.exists():
        raise BadInput(f"{target} exists already. Name another file.")
    partial = _partial(target)
    try:
        _copy(source, partial)
        os.link(partial, target)
    except (OSError, sqlite3.Error) as error:
        raise BadInput(f"The database cannot be copied to {target}: {error}.") from None
    finally:
        _remove(partial)


def restore(source: Path, target: Path) -> Path | None:
    """Put a copy of the source, a backup or any copy of a database file, in the place of the database.

    Return where the replaced database is kept, None if there was none. Raises BadInput if the source is no database of this service, or
    if a server uses the target.
    """
    if not source.is_file():
        raise BadInput(f"There is no backup {source}.")
    if target.exists() and source.samefile(target):
        raise BadInput(f"{source} is the database itself. Name a copy of it.")
    partial = _partial(target)
    try:
        _copy(source, partial)
        _check_restorable(source, partial)
        if target.exists():
            shutil.copymode(target, partial)
        replaced = _set_aside(target)
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise BadInput(f"{source} cannot be restored to {target}: {error}.") from None
    finally:
        _remove(partial)
    return replaced


def _copy(source: Path, partial: Path) -> None:
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(partial)) as copy:
        original.backup(copy, pages=PAGES)
        start_epoch_in_file(copy)


def _check_restorable(source: Path, partial: Path) -> None:
    with closing(sqlite3.connect(partial)) as copy:
        if not copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'log_state'").fetchone():
            raise BadInput(f"{source} is no database of gql_leads.")
        ((found,), *_) = copy.execute("PRAGMA quick_check(1)").fetchall()
        if found != "ok":
            raise BadInput(f"{source} is damaged: {found}. Restore another backup.")


def _set_aside(target: Path) -> Path | None:
    """Rename the database that is to be replaced, with everything in its write-ahead log; return its new name."""
    if not target.exists():
        return None
    kept = target.with_name(target.name + REPLACED)
    try:
        with closing(sqlite3.connect(target, timeout=0)) as connection:
            # Possible only without another connection; it moves the write-ahead log into the file and removes it.
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if kind_of(error) in LOCKED:
            raise BadInput(f"{target} is in use. Stop every server that uses it, then restore.") from None
        for path in _journals_of(target):  # the database is damaged, which is why it is replaced
            path.unlink(missing_ok=True)
    target.replace(kept)
    return kept


def _partial(target: Path) -> Path:
    return target.with_name(f"{target.name}.{secrets.token_hex(6)}")


def _journals_of(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal")]


def _remove(partial: Path) -> None:
    with suppress(OSError):
        for path in (partial, *_journals_of(partial)):
            path.unlink(missing_ok=True)
