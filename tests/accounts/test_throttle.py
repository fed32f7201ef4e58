from datetime import UTC, datetime, timedelta

import pytest

from katingan_portal.accounts import throttle
from katingan_portal.accounts.forms import waiting_text

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (8, 240), (11, 1920), (12, 3600), (13, 3600), (5000, 3600)],
)
def test_wait_after_doubles_up_to_an_hour(failures, seconds):
    assert throttle.wait_after(failures, free=5) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("wait", "text"),
    [
        (timedelta(seconds=0.2), "Coba lagi dalam 1 detik."),
        (timedelta(seconds=30), "Coba lagi dalam 30 detik."),
        (timedelta(seconds=60), "Coba lagi dalam 1 menit."),
        (timedelta(seconds=61), "Coba lagi dalam 2 menit."),
        (timedelta(minutes=2), "Coba lagi dalam 2 menit."),
        (timedelta(hours=1), "Coba lagi dalam 60 menit."),
    ],
)
def test_waiting_text_rounds_up(wait, text):
    assert waiting_text(NOW + wait, NOW) == text


@pytest.mark.django_db
def test_note_failure_blocks_the_name_at_its_address_only():
    for _ in range(5):
        throttle.note_failure("Ani", "10.0.0.1", NOW)

    assert throttle.blocked_until("ani", "10.0.0.1", NOW) == NOW + timedelta(seconds=30)
    assert throttle.blocked_until("ani", "10.0.0.1", NOW + timedelta(seconds=30)) is None
    assert throttle.blocked_until("ani", "10.0.0.2", NOW) is None, "a stranger elsewhere cannot lock Ani out"
    assert throttle.blocked_until("budi", "10.0.0.1", NOW) is None


@pytest.mark.django_db
def test_note_failure_blocks_an_address_that_tries_many_names():
    for number in range(30):
        throttle.note_failure(f"nama{number}", "10.0.0.1", NOW)

    assert throttle.blocked_until("siapa-saja", "10.0.0.1", NOW) == NOW + timedelta(seconds=30)


@pytest.mark.django_db
def test_note_failure_forgets_after_a_day():
    for _ in range(4):
        throttle.note_failure("ani", "10.0.0.1", NOW)
    later = NOW + timedelta(hours=25)
    throttle.note_failure("ani", "10.0.0.1", later)

    assert throttle.blocked_until("ani", "10.0.0.1", later) is None
