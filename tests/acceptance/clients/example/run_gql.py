"""Run the example of `gql`: print the list and each change as JSON, until a lead of the company "END" enters."""

import asyncio
import json
import sys
from typing import Any

from tests.acceptance.clients.example.gql_client import follow


def on_list(leads: Any) -> None:
    """Print the list."""
    print(json.dumps({"total": leads["totalCount"], "cursor": leads["eventCursor"]}), flush=True)


def on_change(change: Any) -> None:
    """Print a change; exit after the last one."""
    print(json.dumps({name: change[name] for name in ("cursor", "presence", "leadId")}), flush=True)
    if change["lead"] is not None and change["lead"]["company"] == "END":
        sys.exit(0)


asyncio.run(follow(on_list, on_change))
