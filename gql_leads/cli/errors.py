"""Failing with one sentence."""

import sys
from typing import NoReturn


def fail(sentence: str) -> NoReturn:
    """Print a sentence on standard error and exit with status 1."""
    print(f"gql-leads: {sentence}", file=sys.stderr)
    sys.exit(1)
