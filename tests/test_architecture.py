"""Check the layers: imports against a table, SQL only in the store, sizes of files and folders, and names."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "gql_leads"


class Layer(NamedTuple):
    """The imports that the modules of one package may use; the standard library is always allowed."""

    own: frozenset[str]
    third_party: frozenset[str]


def layer(own: str = "", third_party: str = "") -> Layer:
    return Layer(frozenset(own.split()), frozenset(third_party.split()))


TABLE: Final = {
    "domain": layer(),
    "store": layer("domain", "tortoise aiosqlite asyncpg cryptography orjson phonenumbers uuid_utils structlog"),
    "services": layer(
        "domain store",
        "argon2 cryptography disposable_email_domains dns email_validator httpx joserfc orjson phonenumbers structlog uuid_utils zxcvbn",
    ),
    "events": layer("domain store", "structlog"),
    "exports": layer("domain store services", "orjson structlog"),
    "intake": layer("domain store services", "orjson"),
    "notifications": layer("domain store services api", "jinja2 aiosmtplib httpcore standardwebhooks structlog uuid_utils"),
    "demo": layer("domain store services", ""),
    "api": layer("domain store services events", "strawberry graphql structlog"),
    "graphql_server": layer("", "graphql strawberry starlette orjson structlog limits redis"),
    "web": layer("domain store services exports intake", "jinja2 limits starlette orjson prometheus_client opentelemetry structlog"),
    "environment": layer("", "dotenv"),
    "settings": layer("domain environment setting_values", "pydantic pydantic_core"),
    "setting_values": layer("environment", "pydantic pydantic_core"),
    "logs": layer("graphql_server", "structlog"),
    "telemetry": layer("domain services store graphql_server web settings environment", "starlette structlog"),
    "server": layer("", "uvicorn httptools websockets"),
    "callers": layer("domain store services api graphql_server", "starlette"),
    "lifespan": layer("domain store services notifications events api graphql_server server settings callers", "starlette"),
    "app": layer("environment services api graphql_server web settings logs telemetry lifespan", "starlette"),
    "cli": layer(
        "domain store services events exports notifications demo api graphql_server web settings environment logs app server",
        "typer rich uvicorn starlette orjson structlog",
    ),
    "__main__": layer("cli"),
}
API_NAMES: Final = frozenset({"HELD"})
"""Names that clients know from the API; they may be terms that the code replaced."""
# Terms that this project replaced. The glossary in docs/contributing.md has the terms to use.
REPLACED_NAMES: Final = frozenset(
    [
        "answering", "asking", "asks_for_more", "assembling", "at_hand", "be_patient", "beside", "change_desk", "come_in", "coming_in",
        "crowds", "dawdling", "desk", "desks", "dismiss", "doorbell", "duties", "eager", "editing", "exchange", "fate", "feed",
        "following", "forgetting", "guarding", "held", "hold", "hold_all", "hold_first", "hold_for", "house", "impatient_protocol",
        "in_full", "is_seated", "journal", "lay_down", "look_again", "made_before", "narrowed", "newsroom", "noting", "offerings",
        "or_none", "organising", "part_by_part", "patience", "payer", "per_member", "placing", "pulse", "purging", "reachability",
        "reception", "remembered", "renaming", "repeating", "running_operation", "seal", "sealing", "seat", "selling", "settled", "sight",
        "sought", "standing", "straight", "tally", "tell", "telling", "tells", "told", "touches", "translated", "unseat", "unsent",
        "whom", "working", "worlds",
    ]
)  # fmt: skip
# Modules with I/O, clocks or concurrency, which the domain must not use.
IO_MODULES: Final = frozenset(["asyncio", "io", "os", "pathlib", "shutil", "socket", "sqlite3", "subprocess", "threading", "time"])
CLOCKS: Final = frozenset(["now", "utcnow", "today", "time", "time_ns", "monotonic"])
VAGUE_NAMES: Final = frozenset(["utils", "util", "common", "helpers", "helper", "base", "misc"])
MAX_LINES: Final = 400
MAX_FOLDER_ENTRIES: Final = 22
SQL_PACKAGES: Final = frozenset(["store"])
SQL: Final = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE \S+ SET|DELETE FROM|LOCK TABLE|(LEFT )?JOIN|WHERE|(ORDER|GROUP) BY|LIMIT)\b")
SQL_BUILDER: Final = "gql_leads.store.sql.builder"
# Tortoise imports the models from their package, and migrations are generated.
PACKAGES_WITH_CODE: Final = frozenset(["gql_leads/store/models/__init__.py", "gql_leads/store/migrations/__init__.py"])

Import = ast.Import | ast.ImportFrom


def files_of(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def package_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports_of(path: Path) -> Iterator[tuple[Import, str]]:
    """Yield every import statement with each full name that it imports."""
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


PACKAGE_FILES: Final = [
    path for path in files_of(PACKAGE) if path.name == "__init__.py" and path.parent != PACKAGE and name_of(path) not in PACKAGES_WITH_CODE
]
every_module = pytest.mark.parametrize("path", files_of(PACKAGE), ids=name_of)
every_domain_module = pytest.mark.parametrize("path", files_of(PACKAGE / "domain"), ids=name_of)


def test_the_table_lists_every_package() -> None:
    packages = {package_of(path) for path in files_of(PACKAGE)} - {"__init__"}
    assert packages - TABLE.keys() == set()


@every_module
def test_a_module_imports_only_what_the_table_allows(path: Path) -> None:
    package = package_of(path)
    allowed = TABLE.get(package, layer())
    for statement, name in imports_of(path):
        where = f"{name_of(path)}:{statement.lineno} imports {name}"
        top, _, rest = name.partition(".")
        if top == "gql_leads":
            package_name = rest.partition(".")[0]
            assert package_name in allowed.own | {package, "__version__"}, where
        else:
            assert top in allowed.third_party or top in sys.stdlib_module_names, where


@every_module
def test_imports_are_absolute_and_at_module_level(path: Path) -> None:
    allowed = top_level_imports(path)
    for statement, name in imports_of(path):
        assert statement in allowed, f"{name_of(path)}:{statement.lineno} imports {name} below the top level"
        assert not (isinstance(statement, ast.ImportFrom) and statement.level), f"{name_of(path)}:{statement.lineno} is relative"


@pytest.mark.parametrize("path", [path for path in files_of(PACKAGE) if package_of(path) not in SQL_PACKAGES], ids=name_of)
def test_sql_text_and_the_sql_builder_are_used_in_the_store_only(path: Path) -> None:
    for statement, name in imports_of(path):
        assert not name.startswith(SQL_BUILDER), f"{name_of(path)}:{statement.lineno} imports the SQL builder"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not SQL.match(node.value), f"{name_of(path)}:{node.lineno} writes SQL"


@every_domain_module
def test_the_domain_imports_no_io(path: Path) -> None:
    for statement, name in imports_of(path):
        assert name.partition(".")[0] not in IO_MODULES, f"{name_of(path)}:{statement.lineno} imports {name}"


@every_domain_module
def test_the_domain_is_synchronous_and_reads_no_clock(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), f"{name_of(path)}:{node.lineno} is asynchronous"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            holder = ast.unparse(node.func.value).rpartition(".")[2]
            assert holder not in {"datetime", "date", "time"}, f"{name_of(path)}:{node.lineno} reads a clock"


@pytest.mark.parametrize("path", files_of(PACKAGE, ROOT / "tests"), ids=name_of)
def test_a_file_has_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", files_of(PACKAGE, ROOT / "tests"), ids=name_of)
def test_a_module_has_no_vague_name(path: Path) -> None:
    assert not VAGUE_NAMES & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}


# Migrations are kept for as long as a database may need them.
FOLDERS: Final = [PACKAGE, *(path.parent for path in files_of(PACKAGE) if path.name == "__init__.py" and path.parent.name != "migrations")]


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_a_folder_has_at_most_22_entries(folder: Path) -> None:
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    packages = [path for path in folder.iterdir() if (path / "__init__.py").exists()]
    assert len(modules) + len(packages) <= MAX_FOLDER_ENTRIES


@every_module
def test_definitions_use_the_terms_of_the_glossary(path: Path) -> None:
    for line, name in defined_names(path):
        assert name in API_NAMES or snake_case(name) not in REPLACED_NAMES, f"{name_of(path)}:{line} defines {name}"


def defined_names(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and name of the module and of every class, function, parameter and variable in it."""
    yield 1, path.stem
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_")


def test_the_check_of_names_recognizes_every_spelling() -> None:
    assert {snake_case(name) for name in ("Desk", "_desk", "DESK", "RunningOperation")} <= REPLACED_NAMES


@pytest.mark.parametrize("path", PACKAGE_FILES, ids=name_of)
def test_a_package_has_a_docstring_and_exports_nothing(path: Path) -> None:
    code = tree_of(path).body[1:]
    assert ast.get_docstring(tree_of(path)), f"{name_of(path)} has no docstring"
    assert code == [], f"{name_of(path)}:{code[0].lineno} is more than a docstring"
