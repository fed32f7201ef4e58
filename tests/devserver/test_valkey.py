from __future__ import annotations

from pathlib import Path

import pytest

from katingan_portal.devserver import valkey
from katingan_portal.devserver.places import Places
from katingan_portal.devserver.processes import free_port, kill_leftovers, stop_all, wait_for_port
from tests.devserver.conftest import is_alive


@pytest.fixture
def server(places: Places, tmp_path: Path):
    """A Valkey that answers, as `make run` starts it."""
    port = free_port()
    child = valkey.child(places, port)
    child.start(places.environment(valkey_port=port, mail_port=1, address="http://localhost"), tmp_path)
    wait_for_port(port)
    yield child
    stop_all([child])


def test_valkey_that_a_kill_left_behind_is_found_by_its_mark(server, places: Places):
    """By default it writes its title over its environment, and the mark is gone."""
    child = server
    assert kill_leftovers(places.mark) == 1
    assert not is_alive(child.process.pid)


def test_valkey_keeps_its_password_to_its_user(server, places: Places):
    assert (places.state / "valkey" / "valkey.conf").stat().st_mode & 0o777 == 0o600
