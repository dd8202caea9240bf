"""Which tests there are."""

import os

from tests.databases import CHOSEN_BY

# Only PostgreSQL has a doorbell: on SQLite there is one process, and it rings for itself.
collect_ignore = [] if os.environ.get(CHOSEN_BY) == "postgres" else ["test_doorbell.py"]
