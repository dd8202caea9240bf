"""Libraries log no DEBUG messages unless they are named: these hold the parameters of statements, which are personal data."""

import asyncio
import os
import subprocess
import sys

import pytest

from gql_leads.store.database.migrate import migrate

PROGRAM = """
import asyncio, logging, os
from gql_leads import logs
from gql_leads.settings import load_settings
from gql_leads.store.database.database import Database

async def main():
    settings = load_settings(os.environ)
    logs.set_up_logs(settings.log_level, settings.log_format, settings.debug_loggers)
    database = await Database.open(settings.database_url)
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM favorite WHERE created_at = 1 OR 'Zenobia' = ?", "Quux")
        await connection.execute_many("DELETE FROM favorite WHERE created_at = 1 OR 'Zenobia' = ?", [("Quux",)])
    await database.close()
    logging.getLogger("gql_leads.test").debug("own debug")
    logging.getLogger("gql_leads.test").info("own info")
    logging.getLogger("library").debug("library debug")
    logging.getLogger("library").info("library info")

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a migrated SQLite file, which the programs leave as it is."""
    url = f"sqlite://{tmp_path_factory.mktemp('logs')}/leads.db"
    asyncio.run(migrate(url))
    return url


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"LOG_LEVEL": "DEBUG"}, {"own debug", "own info", "library info"}),
        ({"LOG_LEVEL": "INFO"}, {"own info", "library info"}),
        ({"LOG_LEVEL": "WARNING"}, set()),
        ({"LOG_LEVEL": "DEBUG", "DEBUG_LOGGERS": "library"}, {"own debug", "own info", "library info", "library debug"}),
        ({"LOG_LEVEL": "INFO", "DEBUG_LOGGERS": "other, tortoise"}, {"own info", "library info", "Zenobia"}),
    ],
)
def test_only_named_libraries_log_debug_messages(settings: dict[str, str], shown: set[str], migrated_file: str) -> None:
    variables = {f"GQL_LEADS_{name}": value for name, value in {"DATABASE_URL": migrated_file, **settings}.items()}
    run = subprocess.run([sys.executable, "-c", PROGRAM], env=os.environ | variables, capture_output=True, text=True, check=True)
    texts = {"own debug", "own info", "library debug", "library info", "Zenobia"}
    assert {text for text in texts if text in run.stderr} == shown
