from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from katingan_portal.devserver import frontend
from katingan_portal.devserver.console import DISK_FULL, CannotGoOn
from katingan_portal.devserver.places import Places

COUNT = "import pathlib, sys; (pathlib.Path(sys.argv[1]) / 'n').open('a').write('x')"


@pytest.fixture
def build(places: Places, tmp_path: Path, monkeypatch):
    """build() → whether the bundle of this small clone was made; build.times() → how often so far."""
    monkeypatch.setattr(frontend, "PORTAL", places)
    monkeypatch.setattr(frontend, "ROOT", tmp_path)
    monkeypatch.setattr(frontend, "DIST", tmp_path / "dist")
    source = tmp_path / "site.css"
    source.write_text("a {}")
    (tmp_path / "dist").mkdir()
    command = [sys.executable, "-c", COUNT, str(tmp_path / "dist")]

    def once() -> bool:
        return frontend._when_changed("front-end bundle", "bundle", [source], command)

    once.times = lambda: len((tmp_path / "dist" / "n").read_text())  # type: ignore[attr-defined]
    once.source = source  # type: ignore[attr-defined]
    return once


def test_bundle_is_made_once_and_again_when_a_source_changed(build):
    assert [build(), build()] == [True, False]
    build.source.write_text("a { color: red }")
    assert [build(), build()] == [True, False]
    assert build.times() == 2


def test_bundle_is_made_again_when_it_was_removed(build, tmp_path: Path):
    build()
    (tmp_path / "dist").rename(tmp_path / "gone")
    with pytest.raises(CannotGoOn):  # this small build needs the folder; that it was tried is what matters
        build()


def test_failed_build_is_tried_again(build, monkeypatch):
    work = frontend._run

    def fail(words: str, command: list[str]) -> None:
        raise CannotGoOn("broken")

    monkeypatch.setattr(frontend, "_run", fail)
    with pytest.raises(CannotGoOn):
        build()
    monkeypatch.setattr(frontend, "_run", work)
    assert build() is True


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            "code ENOTFOUND",
            "'npm' could not reach the npm registry. Check the network or proxy and try again.",
        ),
        ("code ENOSPC", DISK_FULL),
        ("code EINTEGRITY", "'npm' failed; its output is above"),
    ],
)
def test_npm_failure_is_one_line(said: str, line: str):
    with pytest.raises(CannotGoOn) as refused:
        frontend._run("npm", [sys.executable, "-c", f"import sys; sys.exit({said!r})"])
    assert str(refused.value) == line


def test_node_of_the_wheel_answers():
    done = subprocess.run([*frontend._node(["--version"])], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("v")
