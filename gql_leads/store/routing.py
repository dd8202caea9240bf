"""The assignment rules and the version of the whole set.

`rule_set` is raw SQL: one statement reads the version and the rules, so that they match outside a transaction too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from tortoise.expressions import F, Q

from gql_leads.domain.routing import Rule
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.routing import AssignmentRule, AssignmentRuleSet
from gql_leads.store.sql.rows import attributes_of, decode, encode_columns

_COLUMNS = tuple(field.name for field in fields(Rule))
_SELECTED = ", ".join(f"r.{column}" for column in _COLUMNS)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules in the order they are tried, and their version."""

    version: int
    rules: tuple[Rule, ...]


async def rule_set(connection: Connection) -> RuleSet:
    """Return the saved rules and their version."""
    rows = await connection.fetch(
        f"SELECT s.version, {_SELECTED} FROM assignment_rule_set s LEFT JOIN assignment_rule r ON TRUE ORDER BY r.position"
    )
    return RuleSet(rows[0]["version"], tuple(decode(Rule, row) for row in rows if row["name"] is not None))


async def rules_in_force(connection: Connection) -> tuple[Rule, ...]:
    """Return the active rules in the order they are tried, without those whose partner is inactive."""
    rules = AssignmentRule.filter(Q(partner_id=None) | Q(partner__is_active=True), is_active=True).using_db(connection.client)
    return tuple(decode(Rule, row) for row in await rules.order_by("position").values(*_COLUMNS))


async def lock_rules(connection: Connection) -> RuleSet:
    """Lock the rules against other editors until the transaction ends, and return them."""
    # An UPDATE locks on both databases; SQLite has no FOR UPDATE.
    await AssignmentRuleSet.all(using_db=connection.client).update(version=F("version"))
    return await rule_set(connection)


async def replace_rules(connection: Connection, version: int, rules: Sequence[Rule]) -> None:
    """Replace all rules by these, and store their new version."""
    client = connection.client
    await AssignmentRuleSet.all(using_db=client).update(version=version)
    await AssignmentRule.all(using_db=client).delete()
    rows = [AssignmentRule(position=position, **encode_columns(attributes_of(rule))) for position, rule in enumerate(rules)]
    if rows:
        await AssignmentRule.bulk_create(rows, using_db=client)
