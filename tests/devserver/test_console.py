from __future__ import annotations

import errno
from pathlib import Path

import pytest

from katingan_portal.devserver.console import DISK_FULL, CannotGoOn, complain, reason, require_space, step


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (CannotGoOn("port 8000 is taken."), "port 8000 is taken."),
        (OSError(errno.ENOSPC, "No space left on device"), DISK_FULL),
        (PermissionError(errno.EACCES, "Permission denied", "/srv/var"), "/srv/var: Permission denied"),
    ],
)
def test_complain_says_one_line(capsys, problem, line):
    assert complain(problem) == 1
    assert capsys.readouterr().err == f"Cannot go on: {line}\n"


def test_reason_is_the_last_line_unless_the_disk_is_full():
    assert reason("Traceback …\nValueError: no such district\n\n") == "ValueError: no such district"
    assert reason("could not extend file: No space left on device\nHINT:  Check free disk space.") == DISK_FULL
    assert reason(" \n") == "it said nothing"


def test_require_space_refuses_a_disk_with_less(tmp_path: Path):
    require_space(tmp_path, least=1)
    with pytest.raises(CannotGoOn, match=f"the disk of {tmp_path} is full"):
        require_space(tmp_path, least=10**9)


def test_step_ends_its_line_when_the_work_fails(capsys):
    with pytest.raises(CannotGoOn), step("PostgreSQL"):
        raise CannotGoOn("broken")
    assert capsys.readouterr().out == f"  {'PostgreSQL':<44} \n"
