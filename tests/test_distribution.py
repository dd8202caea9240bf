"""The packages that are published: the sdist is the whole source, and the wheel has types, files and capped requirements."""

import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest

ROOT: Final = Path(__file__).parents[1]
FOLDERS: Final = (".ci", "docs", "gql_leads", "tests")
FILES: Final = ("LICENSE", "Makefile", "README.md", "pyproject.toml", "requirements.lock", "schema.graphql")
OVERRIDDEN: Final = {
    "uvicorn",
    "websockets",
    "typer",
    "starlette",
    "strawberry-graphql",
    "graphql-core",
    "tortoise-orm",
    "aiosqlite",
    "asyncpg",
}
"""Packages whose classes the service extends."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, check=True, capture_output=True)
    return folder


def sources(folder: str) -> set[str]:
    """Return the files of a folder, without what Python and tests leave there."""
    paths = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(ROOT)) for path in paths if not {"__pycache__", "node_modules"} & set(path.parts)}


def test_sdist_is_complete(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert set().union(FILES, *map(sources, FOLDERS)) - packed == set()


def test_wheel_has_types_and_data_files_and_nothing_else_than_the_package(built: Path) -> None:
    with ZipFile(next(built.glob("*.whl"))) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == sources("gql_leads")
    assert "gql_leads/py.typed" in packed
    assert any(name.startswith("gql_leads/web/static/") for name in packed)


def test_packages_whose_classes_are_extended_are_capped() -> None:
    requirements = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    capped = {requirement.partition(">=")[0] for requirement in requirements if ",<" in requirement}
    assert capped >= OVERRIDDEN
