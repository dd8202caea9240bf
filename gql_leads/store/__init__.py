"""Data access: the only importer of Tortoise, and the only package with SQL text.

Tortoise's models and QuerySets read and write single tables, with `using_db=` the connection of the unit of work. Lists, search, reports
and the unit of work's batched writes are raw SQL, built with `store.sql`; each such module says why. One text serves both databases: `?`
is the placeholder, instants are BIGINT milliseconds since 1970 in UTC, enums their names, dates ISO text, amounts minor units, lists JSON.

`unit_of_work` writes leads, `leads.lists` reads them through the access policy, `events.event_log` reads past changes, and `directory`
finds the partners, members and queues that a request names.
"""
