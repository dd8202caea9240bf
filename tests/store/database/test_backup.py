"""A backup holds the committed rows of an SQLite file, and never replaces a file."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gql_leads.domain.errors import BadInput
from gql_leads.store.database.backup import back_up


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "leads.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE lead (id INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO lead VALUES (?)", [(1,), (2,)])
        connection.commit()
    return path


def lead_ids(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM lead ORDER BY id")]


def test_backup_during_a_transaction_holds_the_committed_rows_only(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    with closing(sqlite3.connect(source)) as writer:
        writer.execute("INSERT INTO lead VALUES (3)")
        writer.commit()
        writer.execute("INSERT INTO lead VALUES (4)")
        back_up(source, target)
        writer.commit()
    assert lead_ids(target) == [1, 2, 3]
    assert lead_ids(source) == [1, 2, 3, 4]


def test_backup_of_a_missing_file_is_refused_and_creates_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no database .*nowhere\.db"):
        back_up(tmp_path / "nowhere.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


def test_existing_target_is_refused_and_keeps_its_content(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("kept")
    with pytest.raises(BadInput, match="exists already"):
        back_up(source, target)
    assert target.read_text() == "kept"


def test_failed_backup_leaves_no_partial_file(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"this is no SQLite database" * 100)
    with pytest.raises(BadInput, match="cannot be copied"):
        back_up(damaged, tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir()] == ["damaged.db"]


def test_backup_into_a_missing_folder_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be copied"):
        back_up(source, tmp_path / "missing" / "copy.db")
