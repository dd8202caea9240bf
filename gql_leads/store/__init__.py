"""What is remembered: the only importer of Tortoise and, but for the demo, the only place where statements are written.

Tortoise owns models, migrations, pools and transactions; the statements are written by hand (`criteria`, `leads`, `changes`), because a
list is one statement bounded by what was asked for. One text serves both databases: `?` is the placeholder, instants are BIGINT
milliseconds since 1970 in UTC, enums their names, calendar dates ISO text, amounts minor units, and lists JSON.

Doors: `leads` is the one way from rows to facts (sight and masking), `changes` the one way to write (a transaction, its history, its
events), `log` the one way to read what happened; `directory` knows who and what a request can name.
"""
