"""Collect the tests of the notifier on PostgreSQL only."""

import os

from tests.databases import CHOSEN_BY

# SQLite serves one process, which notifies its own reader: `store.database.notifier` exists for PostgreSQL alone.
collect_ignore = [] if os.environ.get(CHOSEN_BY) == "postgres" else ["test_notifier.py"]
