from __future__ import annotations

import os
from pathlib import Path

import pytest

from katingan_portal.devserver import places as module
from katingan_portal.devserver.console import CannotGoOn
from katingan_portal.devserver.places import PORTAL, TESTS, Places, own_folder, replace


def test_two_clones_share_neither_mark_nor_socket_nor_secret(tmp_path: Path):
    one, other = (Places(tmp_path / clone / "var", "run") for clone in ("one", "other"))
    assert one.mark != other.mark
    assert one.sockets != other.sockets
    assert one.database_url("portal_web") != other.database_url("portal_web")
    assert one.remembered()["SECRET_KEY"] != other.remembered()["SECRET_KEY"]


def test_portal_and_tests_of_one_clone_are_kept_apart():
    assert PORTAL.mark != TESTS.mark
    assert PORTAL.sockets != TESTS.sockets
    assert PORTAL.database != TESTS.database


def test_socket_path_fits_however_deep_the_clone_lies(tmp_path: Path):
    deep = Places(tmp_path / "/".join(["kabupaten"] * 30) / "var", "run")
    assert len(str(deep.sockets / ".s.PGSQL.5432")) < 107


def test_secrets_stay_from_start_to_start_and_are_private(places: Places):
    first = places.remembered()
    assert places.remembered() == first
    assert (places.state / "run" / "settings.json").stat().st_mode & 0o777 == 0o600


def test_secrets_are_made_anew_when_their_file_was_cut_off(places: Places):
    places.remembered()
    (places.state / "run" / "settings.json").write_text('{"SECRET_KEY": "a')
    assert len(places.remembered()["SECRET_KEY"]) > 40


def test_replace_keeps_the_old_file_when_the_disk_is_full(tmp_path: Path, monkeypatch):
    path = tmp_path / "settings.json"
    replace(path, "old")

    def fail(self: Path, text: str) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(OSError, match="No space left"):
        replace(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_own_folder_refuses_what_somebody_else_made(tmp_path: Path):
    own_folder(tmp_path / "sockets", os.geteuid())
    assert (tmp_path / "sockets").stat().st_mode & 0o777 == 0o700
    (tmp_path / "link").symlink_to(tmp_path / "sockets")
    with pytest.raises(CannotGoOn, match="belongs to somebody else"):
        own_folder(tmp_path / "link", os.geteuid())


def test_environment_carries_the_mark_and_the_clones_own_database(places: Places, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/")
    environment = places.environment(valkey_port=1, mail_port=2, address="http://localhost:3")
    assert environment[module.MARK] == places.mark
    assert environment["DATABASE_URL"] == places.database_url("portal_web")
