"""Programs that tests need from Debian's packages."""

import os
import shutil
import subprocess


def debian_program(name: str, package: str) -> str:
    """Return the path of a program; install its package if it is missing."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    if found := shutil.which(name, path=path):
        return found
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", package]):
        done = subprocess.run(command, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"These tests need {name}, which {' '.join(command)} could not install: {done.stderr}"
    found = shutil.which(name, path=path)
    assert found is not None, f"The package {package} has no program {name}."
    return found
