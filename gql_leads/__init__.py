"""gql_leads brings every sales lead of a marketplace to the right partner at once.

Layers, from the inside out: `domain` (what is true), `store` (what is remembered), `services` (what can be done),
`event_reader` (what just happened), `api` (how it is said), `endpoint`, `exchange` and `web` (how it travels). `app` connects them.
A layer imports only what lies further in; `tests/test_architecture.py` has the table and holds every import against it.
"""

__version__ = "0.4.0"
