"""The house keeps its layers: every import is held against the table below, and all SQL is written in the store."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[1]
HOUSE: Final = ROOT / "gql_leads"


class Layer(NamedTuple):
    """What the modules of one package may import: packages of ours, and of others (the standard library is free)."""

    ours: frozenset[str]
    others: frozenset[str]


def layer(ours: str = "", others: str = "") -> Layer:
    return Layer(frozenset(ours.split()), frozenset(others.split()))


TABLE: Final = {
    "domain": layer(),
    "store": layer("domain", "tortoise aiosqlite asyncpg cryptography orjson uuid_utils structlog"),
    "services": layer(
        "domain store",
        "cryptography disposable_email_domains dns email_validator joserfc orjson phonenumbers structlog uuid_utils",
    ),
    "events": layer("domain store", "structlog"),
    "exports": layer("domain store services", "orjson structlog"),
    "demo": layer("domain store services", ""),
    "api": layer("domain store services events", "strawberry graphql structlog"),
    "graphql_server": layer("", "graphql strawberry starlette orjson structlog"),
    "web": layer("domain store services exports", "starlette orjson prometheus_client opentelemetry structlog"),
    "settings": layer("domain", "pydantic pydantic_core"),
    "logs": layer("graphql_server", "structlog"),
    "telemetry": layer("services store graphql_server web settings", "starlette structlog"),
    "server": layer("", "uvicorn websockets"),
    "lifespan": layer("domain store services events api graphql_server settings", "starlette"),
    "app": layer("services api graphql_server web settings logs telemetry lifespan", "starlette"),
    "cli": layer(
        "domain store services events exports demo api graphql_server web settings logs app server", "typer rich uvicorn orjson structlog"
    ),
    "__main__": layer("cli"),
}
# What would bring a clock, the disk, the network or waiting into the domain.
OUTSIDE_WORLD: Final = frozenset(["asyncio", "io", "os", "pathlib", "shutil", "socket", "sqlite3", "subprocess", "threading", "time"])
CLOCKS: Final = frozenset(["now", "utcnow", "today", "time", "time_ns", "monotonic"])
MEANINGLESS: Final = frozenset(["utils", "util", "common", "helpers", "helper", "base", "misc"])
MOST_LINES: Final = 400
WRITE_SQL: Final = frozenset(["store"])
SQL: Final = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE \S+ SET|DELETE FROM|LOCK TABLE|(LEFT )?JOIN|WHERE|(ORDER|GROUP) BY|LIMIT)\b")
PIECES: Final = "gql_leads.store.sql.builder"
# Tortoise finds models in the package that it is named, and migrations are generated.
FILLED_PACKAGES: Final = frozenset(["gql_leads/store/models/__init__.py", "gql_leads/store/migrations/__init__.py"])

Import = ast.Import | ast.ImportFrom


def files_of(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def package_of(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports_of(path: Path) -> Iterator[tuple[Import, str]]:
    """Every import with each full name that it asks for."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def is_for_type_checking(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and ast.unparse(statement.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def top_level_imports(path: Path) -> set[ast.stmt]:
    body = tree_of(path).body
    return set(body).union(*(statement.body for statement in body if isinstance(statement, ast.If) and is_for_type_checking(statement)))


PACKAGES: Final = [
    path for path in files_of(HOUSE) if path.name == "__init__.py" and path.parent != HOUSE and name_of(path) not in FILLED_PACKAGES
]
everything = pytest.mark.parametrize("path", files_of(HOUSE), ids=name_of)
the_domain = pytest.mark.parametrize("path", files_of(HOUSE / "domain"), ids=name_of)


def test_every_package_has_its_line_in_the_table() -> None:
    packages = {package_of(path) for path in files_of(HOUSE)} - {"__init__"}
    assert packages - TABLE.keys() == set()


@everything
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    package = package_of(path)
    allowed = TABLE.get(package, layer())
    for statement, name in imports_of(path):
        where = f"{name_of(path)}:{statement.lineno} imports {name}"
        top, _, rest = name.partition(".")
        if top == "gql_leads":
            ours = rest.partition(".")[0]
            assert ours in allowed.ours | {package, "__version__"}, where
        else:
            assert top in allowed.others or top in sys.stdlib_module_names, where


@everything
def test_imports_are_absolute_and_stand_at_the_top(path: Path) -> None:
    allowed = top_level_imports(path)
    for statement, name in imports_of(path):
        assert statement in allowed, f"{name_of(path)}:{statement.lineno} imports {name} below the top level"
        assert not (isinstance(statement, ast.ImportFrom) and statement.level), f"{name_of(path)}:{statement.lineno} is relative"


@pytest.mark.parametrize("path", [path for path in files_of(HOUSE) if package_of(path) not in WRITE_SQL], ids=name_of)
def test_sql_is_written_in_the_store_and_so_is_every_piece_of_it(path: Path) -> None:
    for statement, name in imports_of(path):
        assert not name.startswith(PIECES), f"{name_of(path)}:{statement.lineno} imports what pieces of SQL are made with"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not SQL.match(node.value), f"{name_of(path)}:{node.lineno} writes SQL"


@the_domain
def test_the_domain_knows_nothing_of_the_world_outside(path: Path) -> None:
    for statement, name in imports_of(path):
        assert name.partition(".")[0] not in OUTSIDE_WORLD, f"{name_of(path)}:{statement.lineno} imports {name}"


@the_domain
def test_the_domain_neither_waits_nor_looks_at_a_clock(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), f"{name_of(path)}:{node.lineno} waits"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            holder = ast.unparse(node.func.value).rpartition(".")[2]
            assert holder not in {"datetime", "date", "time"}, f"{name_of(path)}:{node.lineno} looks at a clock"


@pytest.mark.parametrize("path", files_of(HOUSE, ROOT / "tests"), ids=name_of)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", files_of(HOUSE, ROOT / "tests"), ids=name_of)
def test_a_name_says_what_is_inside(path: Path) -> None:
    assert not MEANINGLESS & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}


@pytest.mark.parametrize("path", PACKAGES, ids=name_of)
def test_a_package_says_its_rule_and_exports_nothing(path: Path) -> None:
    code = tree_of(path).body[1:]
    assert ast.get_docstring(tree_of(path)), f"{name_of(path)} has no docstring"
    assert code == [], f"{name_of(path)}:{code[0].lineno} is more than a docstring"
