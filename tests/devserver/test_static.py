"""Static files are collected again when the bundle is newer, whoever built it."""

from __future__ import annotations

import os

from katingan_portal.devserver import portal
from katingan_portal.devserver.places import Places


def test_static_files_are_stale_once_a_source_is_newer(tmp_path, monkeypatch):
    style = tmp_path / "static" / "dist" / "portal.css"
    style.parent.mkdir(parents=True)
    style.write_text("a{}")
    monkeypatch.setattr(portal, "ROOT", tmp_path)
    monkeypatch.setattr(portal, "PORTAL", Places(tmp_path / "var", "run"))
    assert portal.static_is_stale(), "nothing was collected yet"
    collected = portal.PORTAL.folder("static") / "staticfiles.json"
    collected.write_text("{}")
    os.utime(style, (1, 1))
    assert not portal.static_is_stale()
    os.utime(style, (collected.stat().st_mtime + 5,) * 2)
    assert portal.static_is_stale(), "`make test` built a newer bundle"
