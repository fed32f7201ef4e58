from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from katingan_portal.devserver.passage import ATTRIBUTE, let_pass

ONE, OTHER = 54321, 54322  # users that need not exist
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs programs as somebody else")


@pytest.fixture
def private() -> Iterator[Path]:
    """A folder of root's alone with a file that anyone could read, if only they got there."""
    folder = Path("/tmp") / f"katingan-passage-{os.getpid()}"  # pytest's own folders let nobody in
    folder.mkdir(mode=0o700)
    (folder / "inside").write_text("data")
    (folder / "inside").chmod(0o644)
    yield folder
    (folder / "inside").unlink()
    folder.rmdir()


def can(user: int, code: str, folder: Path) -> bool:
    command = ["/bin/sh", "-c", code, "sh", str(folder)]
    done = subprocess.run(command, user=user, group=user, extra_groups=[], cwd="/", capture_output=True)
    return done.returncode == 0


@as_root
def test_let_pass_opens_the_way_to_one_user_only(private: Path):
    assert not can(ONE, 'cat "$1/inside"', private)
    let_pass(private, ONE)
    assert can(ONE, 'cat "$1/inside"', private)
    assert not can(OTHER, 'cat "$1/inside"', private)


@as_root
def test_let_pass_does_not_let_list(private: Path):
    let_pass(private, ONE)
    assert not can(ONE, 'ls "$1"', private)


@as_root
def test_let_pass_adds_to_the_access_list_that_is_there(private: Path):
    let_pass(private, ONE)
    let_pass(private, OTHER)
    let_pass(private, OTHER)
    assert can(ONE, 'cat "$1/inside"', private)
    assert can(OTHER, 'cat "$1/inside"', private)


def test_let_pass_leaves_an_open_folder_alone(private: Path):
    private.chmod(0o755)
    let_pass(private, ONE)
    assert ATTRIBUTE not in os.listxattr(private)


def test_let_pass_opens_to_all_where_no_access_list_can_be_kept(private: Path, monkeypatch):
    def refuse(*arguments: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", refuse)
    let_pass(private, ONE)
    assert private.stat().st_mode & 0o777 == 0o701
