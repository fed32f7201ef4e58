"""scripts/bootstrap.py, which an old Python must be able to read, in a clone of its own without any network."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.devserver.conftest import ROOT

SCRIPT = ROOT / "scripts" / "bootstrap.py"
PRETEND = "import runpy, sys; sys.version_info = {version}; sys.version = '{text}'; runpy.run_path({script!r})"


@pytest.fixture
def bare_clone(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    shutil.copy(ROOT / "requirements-dev.txt", tmp_path)
    return tmp_path


def bootstrap(command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env={**os.environ, **more}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
    )


def test_bootstrap_is_readable_by_an_old_python():
    """3.4 is the oldest grammar that Python still knows; before the version is compared nothing newer may stand."""
    ast.parse(SCRIPT.read_text(), feature_version=(3, 4))
    assert [node for node in ast.walk(ast.parse(SCRIPT.read_text())) if isinstance(node, ast.JoinedStr)] == []


def test_bootstrap_tells_an_old_python_in_one_line(bare_clone: Path):
    script = str(bare_clone / "scripts" / "bootstrap.py")
    code = PRETEND.format(version=(3, 10, 13, "final", 0), text="3.10.13 (main)", script=script)
    done = bootstrap([sys.executable, "-c", code])
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "Cannot go on: the portal needs Python 3.11 or newer; this is 3.10.13. Try: make run PYTHON=python3.11\n"
    )
    assert not (bare_clone / ".venv").exists()


def test_bootstrap_tells_a_missing_network_in_one_line(bare_clone: Path):
    nowhere = "http://127.0.0.1:9"
    settings = {"PIP_INDEX_URL": nowhere, "PIP_RETRIES": "0", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
    script = str(bare_clone / "scripts" / "bootstrap.py")
    done = bootstrap([sys.executable, script, "run"], **settings, PIP_CACHE_DIR=str(bare_clone / "cache"))
    assert done.returncode == 1
    assert done.stderr == (
        "Cannot go on: 'Python packages (pinned, hashed)' could not reach the package registry. "
        "Check the network or proxy and try again.\n"
    )
    assert not (bare_clone / ".venv" / ".requirements").exists()
