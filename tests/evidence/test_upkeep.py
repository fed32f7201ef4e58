"""Files and rows stay together: through kill −9, sweeps, erasures; and what is lost is named."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from reporting.submissions.evidence.models import Evidence
from reporting.submissions.evidence.upkeep import GRACE, sweep
from tests.conftest import everything_of
from tests.evidence import good_files as good
from tests.evidence.conftest import open_obligation

KILLED = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from katingan_portal.tenancy.models import Regency
from katingan_portal.tenancy.scope import applied
from reporting.periods.models import Obligation
from reporting.submissions.evidence import actions
from tests.conftest import actor_of, everything_of, person

settings.STORAGES["evidence"]["OPTIONS"]["location"] = sys.argv[1]
with applied(everything_of(Regency.objects.get(code="62.06"))):
    row = actions.attach(
        Obligation.objects.get(pk=int(sys.argv[2])), actions.Upload("a.jpg", sys.stdin.buffer.read()),
        by=actor_of(person("ani")), now=timezone.now(),
    )
    assert row.pk
    os.kill(os.getpid(), signal.SIGKILL)
"""


def aged(store, days: float) -> None:
    then = time.time() - days * 86400
    for path in store.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def files_in(store) -> int:
    return sum(path.is_file() for path in store.rglob("*"))


@pytest.mark.faults
def test_a_kill_between_file_and_row_leaves_a_file_and_no_row(committed_db, store):
    obligation = open_obligation()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(store), str(obligation.pk)],
        input=good.photo(),
        capture_output=True,
        timeout=90,
    )
    assert done.returncode == -9, done.stderr.decode()
    katingan = Regency.objects.get(code="62.06")
    with applied(everything_of(katingan)):
        assert list(Evidence.objects.all()) == []
    assert files_in(store) == 3
    assert sweep(katingan, now=timezone.now()).erased == ()
    aged(store, GRACE.days + 1)
    assert len(sweep(katingan, now=timezone.now()).erased) == 3
    assert files_in(store) == 0


@pytest.mark.django_db
def test_a_half_written_file_is_never_under_its_name(obligation, attached, store, monkeypatch):
    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(Exception, match="tidak dapat menyimpan"):
        attached(obligation, good.photo())
    assert files_in(store) == 0


@pytest.mark.django_db
def test_the_sweep_keeps_what_rows_need(obligation, attached, katingan, store):
    kept = attached(obligation, good.photo(seed=1))
    removed = attached(obligation, good.photo(seed=2), name="2.jpg")
    long_ago = timezone.now() - GRACE - timedelta(days=1)
    with applied(everything_of(katingan)):
        Evidence.objects.filter(pk=removed.pk).update(removed_at=long_ago)
    (store / "62.06" / "aa").mkdir()
    (store / "62.06" / "aa" / ".tmp-left").write_bytes(b"half")
    assert sweep(katingan, now=timezone.now(), dry_run=True).erased == ()
    aged(store, GRACE.days + 1)
    assert len(sweep(katingan, now=timezone.now(), dry_run=True).erased) == 4
    assert files_in(store) == 7
    assert len(sweep(katingan, now=timezone.now()).erased) == 4
    with applied(everything_of(katingan)):
        assert Evidence.objects.get(pk=removed.pk).erased_at is not None
        assert Evidence.objects.get(pk=kept.pk).erased_at is None
    assert {path.name for path in store.rglob("*") if path.is_file()} == set(kept.sums)


@pytest.mark.django_db
def test_one_districts_sweep_leaves_anothers_files_alone(katingan, store):
    (store / "62.99" / "ab").mkdir(parents=True)
    (store / "62.99" / "ab" / ("ab" * 32)).write_bytes(b"x")
    aged(store, 400)
    assert sweep(katingan, now=timezone.now()).erased == ()
    assert files_in(store) == 1


@pytest.mark.django_db
def test_the_check_names_the_row_that_lacks_its_file(obligation, attached, store):
    row = attached(obligation, good.photo())
    said = StringIO()
    call_command("check_evidence", "--regency", "62.06", "--sums", stdout=said)
    assert "every row of evidence has its files" in said.getvalue()
    path = store / "62.06" / row.sha256[:2] / row.sha256
    path.write_bytes(b"other")
    call_command("check_evidence", "--regency", "62.06", stdout=StringIO())
    with pytest.raises(CommandError, match="1 files"):
        call_command("check_evidence", "--regency", "62.06", "--sums", stdout=said)
    path.unlink()
    with pytest.raises(CommandError, match="1 files"):
        call_command("check_evidence", "--regency", "62.06", stdout=said)
    assert f"evidence {row.pk} " in said.getvalue()
    assert "missing: 62.06/" in said.getvalue()


@pytest.mark.django_db
def test_the_command_sweeps_and_says_so(obligation, attached, store):
    attached(obligation, good.photo())
    (store / "62.06" / "aa").mkdir()
    (store / "62.06" / "aa" / ("aa" * 32)).write_bytes(b"x")
    aged(store, 31)
    said = StringIO()
    call_command("sweep_evidence", "--regency", "62.06", "--dry-run", stdout=said)
    call_command("sweep_evidence", "--regency", "62.06", stdout=said)
    assert "3 files kept, 1 would be erased" in said.getvalue()
    assert "3 files kept, 1 erased" in said.getvalue()
