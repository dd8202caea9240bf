"""The JavaScript clients of `clients/`, installed and compiled once per version in pytest's cache folder."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import uuid4

from tests.debian_packages import require_programs

SCRIPTS: Final = Path(__file__).with_name("clients")
STEPS: Final = (
    ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"),
    ("node", "node_modules/typescript/bin/tsc", "--project", "example"),
)
TIMEOUT_SECONDS: Final = 600


def installed_clients(cache: Path) -> Path:
    """Return a folder with the scripts, their packages and the compiled example."""
    folder = cache / version_of(SCRIPTS)
    if folder.exists():
        return folder
    require_programs(node="nodejs", npm="npm")
    building = cache / uuid4().hex
    shutil.copytree(SCRIPTS, building, ignore=shutil.ignore_patterns("node_modules", "built", "__pycache__"))
    for step in STEPS:
        done = subprocess.run(step, cwd=building, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    try:
        building.rename(folder)
    except OSError:  # another test process was faster
        shutil.rmtree(building)
    for outdated in cache.iterdir():
        if outdated.is_dir() and len(outdated.name) == len(folder.name) and outdated != folder:
            shutil.rmtree(outdated, ignore_errors=True)
    return folder


def version_of(scripts: Path) -> str:
    """Return the hash of all files."""
    content = sha256()
    for path in sorted(scripts.rglob("*")):
        if path.is_file() and not {"node_modules", "built", "__pycache__"}.intersection(path.parts):
            content.update(f"{path.relative_to(scripts)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return content.hexdigest()


def start_script(folder: Path, script: str, environ: Mapping[str, str], output: Path) -> "subprocess.Popen[bytes]":
    """Start a script in Node; its output and errors go to a file."""
    with output.open("wb") as file:
        return subprocess.Popen(
            ["node", *script.split()], cwd=folder, env=os.environ | environ, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
