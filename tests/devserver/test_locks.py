from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

import pytest

from katingan_portal.devserver.console import CannotGoOn
from katingan_portal.devserver.locks import hold, holder, turn
from katingan_portal.devserver.places import Places

Start = Callable[..., subprocess.Popen[str]]
HOLDING = """
import pathlib, time
from katingan_portal.devserver.locks import hold
from katingan_portal.devserver.places import Places
lock = hold(Places(pathlib.Path({state!r}), "run"), "refused")
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def other(places: Places, start_python: Start) -> subprocess.Popen[str]:
    """Another process that holds the lock of `places`."""
    return start_python(HOLDING.format(state=str(places.state)))


def test_hold_refuses_while_another_process_holds_and_names_it(places: Places, other: subprocess.Popen[str]):
    with pytest.raises(CannotGoOn, match="one portal per clone"):
        hold(places, "one portal per clone")
    assert holder(places) == other.pid


def test_hold_succeeds_after_the_holder_was_killed(places: Places, other: subprocess.Popen[str]):
    other.kill()
    other.wait()
    assert holder(places) is None
    with hold(places, "refused"):
        assert holder(places) == os.getpid()
    assert holder(places) is None


def test_nobody_holds_what_was_never_locked(places: Places):
    assert holder(places) is None
    assert not places.state.exists()


def test_asking_for_the_holder_does_not_make_hold_refuse(places: Places):
    hold(places, "refused").close()
    with (places.state / "run" / "lock").open():
        assert holder(places) is None
        hold(places, "refused").close()


def test_turn_can_be_taken_again(places: Places):
    with turn(places, "frontend"):
        pass
    with turn(places, "frontend"):
        assert (places.state / "run" / "frontend.lock").exists()
