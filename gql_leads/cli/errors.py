"""Failing with one sentence for each error."""

import sys
from typing import NoReturn


def fail(*sentences: str) -> NoReturn:
    """Print the sentences on standard error, one a line, and exit with status 1."""
    for sentence in sentences:
        print(f"gql-leads: {sentence}", file=sys.stderr)
    sys.exit(1)
