from datetime import UTC, datetime
from pathlib import Path

from katingan_portal.outbox.catcher import CatcherFolder

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def test_catcher_knows_what_it_accepted(tmp_path: Path):
    accepted = CatcherFolder(tmp_path)
    (tmp_path / "1.eml").write_text("Message-ID: <a@example.test>\n\nIsi")
    assert accepted("<a@example.test>", NOW) is True
    assert accepted("<b@example.test>", NOW) is False


def test_catcher_without_a_folder_cannot_say(tmp_path: Path):
    assert CatcherFolder(tmp_path / "none")("<a@example.test>", NOW) is None
