"""The virus scanner: clean, infected, slow, gone; what each means for who may open the file."""

from __future__ import annotations

import time

import pytest

from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import applied
from reporting import evidence_jobs
from reporting.submissions.evidence import upkeep
from reporting.submissions.evidence.models import Evidence
from reporting.submissions.evidence.scanner import ScannerUnavailable, virus_in
from tests.conftest import everything_of
from tests.evidence import bad_files as bad
from tests.evidence import good_files as good
from tests.evidence.clamd import FakeClamd

pytestmark = pytest.mark.django_db


@pytest.fixture
def clamd(settings):
    server = FakeClamd()
    settings.CLAMD_ADDRESS = server.address
    yield server
    server.close()


def infected_pdf() -> bytes:
    """A PDF that passes every check of ours and carries the test signature as a comment."""
    return good.pdf() + b"%" + bad.EICAR + b"\n"


def state_of(row, katingan) -> str:
    with applied(everything_of(katingan)):
        return Evidence.objects.get(pk=row.pk).state


def test_the_client_tells_clean_from_infected(clamd):
    assert virus_in(b"x" * 200_000, clamd.address) == ""
    assert virus_in(b"x" * 70_000 + bad.EICAR, clamd.address) == "Eicar-Test-Signature"
    assert clamd.scanned == [200_000, 70_000 + len(bad.EICAR)]


@pytest.mark.parametrize("behaviour", ["mute", "mad", "hang_up"])
def test_no_verdict_is_never_taken_for_clean(behaviour):
    server = FakeClamd(behaviour)
    begun = time.monotonic()
    with pytest.raises(ScannerUnavailable):
        virus_in(b"x", server.address, seconds=1)
    assert time.monotonic() - begun < 3
    server.close()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.sock", "nonsense"])
def test_an_address_where_nobody_is(address):
    with pytest.raises(ScannerUnavailable):
        virus_in(b"x", address, seconds=1)


def test_until_it_was_scanned_only_its_agency_may_open_it(clamd, obligation, attached, client_for, katingan):
    row = attached(obligation, good.photo())
    url = f"/bukti/{row.pk}/"
    assert state_of(row, katingan) == "waiting"
    assert (client_for("ani").get(url).status_code, client_for("gita").get(url).status_code) == (200, 404)
    assert "Menunggu pemeriksaan virus" in client_for("gita").get(f"/laporan/{obligation.pk}/bukti/").content.decode()
    assert upkeep.scan_regency(katingan) == (1, 0)
    assert state_of(row, katingan) == "clean"
    assert client_for("gita").get(url).status_code == 200


def test_an_infected_file_is_served_to_nobody_and_people_are_told(clamd, obligation, attached, client_for, katingan):
    row = attached(obligation, infected_pdf(), name="rapat.pdf")
    assert upkeep.scan_regency(katingan) == (1, 1)
    for name in ("ani", "gita", "hadi"):
        assert client_for(name).get(f"/bukti/{row.pk}/").status_code == 404
    assert "dikarantina" in client_for("ani").get(f"/laporan/{obligation.pk}/bukti/").content.decode()
    with applied(everything_of(katingan)):
        told = set(Message.objects.filter(kind="evidence").values_list("recipient__username", "channel"))
        assert "rapat.pdf" not in " ".join(Message.objects.filter(kind="evidence").values_list("body_text", flat=True))
    assert told == {("ani", "in_app"), ("ani", "email"), ("joko", "in_app"), ("joko", "email")}
    assert upkeep.scan_regency(katingan) == (0, 0)


def test_a_silent_scanner_leaves_files_waiting_until_it_is_back(clamd, obligation, attached, katingan, settings):
    row = attached(obligation, good.photo())
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    with pytest.raises(ScannerUnavailable):
        upkeep.scan_regency(katingan)
    assert state_of(row, katingan) == "waiting"
    settings.CLAMD_ADDRESS = clamd.address
    upkeep.scan_regency(katingan)
    assert state_of(row, katingan) == "clean"


def test_files_from_before_a_scanner_was_set_up_are_scanned_too(obligation, attached, katingan, settings):
    row = attached(obligation, good.photo())
    assert state_of(row, katingan) == "unscanned"
    server = FakeClamd()
    settings.CLAMD_ADDRESS = server.address
    assert upkeep.scan_regency(katingan) == (1, 0)
    assert state_of(row, katingan) == "clean"
    server.close()


def test_the_job_counts_a_silent_scanner_as_failed_and_needs_none(obligation, attached, settings):
    assert evidence_jobs.run_scan() is None
    attached(obligation, good.photo())
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    run = evidence_jobs.run_scan()
    assert run is not None
    assert (run.checked, run.failed) == (0, 1)


@pytest.mark.parametrize(("address", "said"), [("", "belum dipasang"), ("127.0.0.1:1", "belum pernah")])
def test_the_heartbeat_says_whether_there_is_a_scanner(address, said, client_for, settings):
    settings.CLAMD_ADDRESS = address
    assert said in client_for("joko").get("/denyut/").content.decode()
