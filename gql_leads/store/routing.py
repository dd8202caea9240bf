"""The assignment rules, and the version of all of them together."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from gql_leads.domain.routing import Rule
from gql_leads.store.database.connection import Connection
from gql_leads.store.sql.rows import decode

_COLUMNS = tuple(field.name for field in fields(Rule))
_SELECTED = ", ".join(f"r.{column}" for column in _COLUMNS)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules in the order they are tried in."""

    version: int
    rules: tuple[Rule, ...]


async def rule_set(connection: Connection) -> RuleSet:
    """The rules as they were saved."""
    rows = await connection.fetch(
        f"SELECT s.version, {_SELECTED} FROM assignment_rule_set s LEFT JOIN assignment_rule r ON TRUE ORDER BY r.position"
    )
    return RuleSet(rows[0]["version"], tuple(decode(Rule, row) for row in rows if row["name"] is not None))


async def rules_in_force(connection: Connection) -> tuple[Rule, ...]:
    """The rules to try: those that are active, and whose partner is."""
    rows = await connection.fetch(
        f"SELECT {_SELECTED} FROM assignment_rule r LEFT JOIN partner p ON p.id = r.partner_id"
        " WHERE r.is_active AND (r.partner_id IS NULL OR p.is_active) ORDER BY r.position"
    )
    return tuple(decode(Rule, row) for row in rows)


async def lock_rules(connection: Connection) -> RuleSet:
    """The rules, kept from every other editor until the transaction ends."""
    await connection.execute("UPDATE assignment_rule_set SET version = version")
    return await rule_set(connection)


async def replace_rules(connection: Connection, version: int, rules: Sequence[Rule]) -> None:
    """Put these rules in the place of all others."""
    await connection.execute("UPDATE assignment_rule_set SET version = ?", version)
    await connection.execute("DELETE FROM assignment_rule")
    await connection.execute_many(
        f"INSERT INTO assignment_rule (position, {', '.join(_COLUMNS)}) VALUES (?{', ?' * len(_COLUMNS)})",
        [(position, *(getattr(rule, column) for column in _COLUMNS)) for position, rule in enumerate(rules)],
    )
