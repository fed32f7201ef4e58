"""The words of a digest: three tones, one line per item with its own link, capped, and escaped."""

from datetime import UTC, datetime, timedelta

import pytest

from agencies.models import Agency
from katingan_portal.tenancy.models import Regency
from reporting.chasing.models import ChaseNotice, ChaseStep
from reporting.chasing.wording import MOST_ITEMS, Wording, word
from reporting.duties.models import ReportForm
from reporting.periods.models import Obligation

REGENCY = Regency(pk=1, code="62.06", name="Kabupaten Katingan", time_zone="Asia/Pontianak")
DUE = datetime(2026, 11, 13, 16, 59, tzinfo=UTC)


def notice(number=1, *, clock="filing", tone="firm", audience="operator", agency="Dinas Kesehatan", **fields):
    obligation = Obligation(
        pk=number, regency=REGENCY, period="202610", due_at=DUE, agency=Agency(name=agency, regency=REGENCY),
        form=ReportForm(name="Laporan bulanan", regency=REGENCY),
    )  # fmt: skip
    taken = ChaseStep(obligation=obligation, regency=REGENCY, clock=clock, due_at=DUE, tone=tone, **fields)
    return ChaseNotice(pk=number, regency=REGENCY, taken=taken, audience=audience)


def letter(*notices, now=DUE + timedelta(days=2)):
    return word(Wording("Ani", REGENCY, now, notices))


def test_one_item_is_named_in_the_subject_and_is_one_tap_away():
    told = letter(notice())
    assert (told.subject, told.link) == ("Terlambat 2 hari: Laporan bulanan Oktober 2026", "/laporan/1/")
    assert told.text.startswith("Yth. Ani,\n\nMohon perhatian Anda.")
    assert "• Laporan bulanan Oktober 2026 – Dinas Kesehatan\n  Tenggat 13 November 2026 pukul 23.59 WIB" in told.text
    assert "23.59 WIB, sudah lewat 2 hari." in told.text
    assert told.text.count("/laporan/1/") == 1


@pytest.mark.parametrize(
    ("clock", "subject", "line"),
    [
        ("review", "Terlambat 2 hari: pemeriksaan Laporan bulanan Oktober 2026", "Pemeriksaan ditunggu sampai"),
        ("correction", "Terlambat 2 hari: perbaikan Laporan bulanan Oktober 2026", "Perbaikan ditunggu sampai"),
        ("directive", "Terlambat 2 hari: arahan tentang Laporan bulanan Oktober 2026", "Jawaban ditunggu sampai"),
    ],
)
def test_each_clock_has_its_words(clock, subject, line):
    told = letter(notice(clock=clock))
    assert told.subject == subject
    assert line in told.text


def test_the_gravest_item_sets_the_tone():
    assert "Sekadar mengingatkan:" in letter(notice(tone="reminder"), now=DUE - timedelta(days=1)).text
    mixed = letter(notice(1, tone="reminder"), notice(2, tone="formal"))
    assert "Dengan hormat kami sampaikan" in mixed.text
    assert "diteruskan kepada pimpinan daerah" in mixed.text


@pytest.mark.parametrize(
    ("now", "offered"),
    [(DUE - timedelta(days=1), "meminta perpanjangan, mengisi"), (DUE + timedelta(days=2), "untuk mengisi")],
)
def test_more_time_is_offered_only_while_it_can_be_asked_for(now, offered):
    text = letter(notice(), now=now).text
    assert offered in text
    assert ("meminta perpanjangan" in text) == (now < DUE)


def test_who_only_hears_of_it_is_not_told_to_act():
    told = letter(notice(audience="executive"), notice(2, audience="coordinator", agency="Dinas Sosial"))
    assert "Untuk diketahui" in told.text
    assert "berjanji kapan" not in told.text
    assert told.subject == "2 hal perlu ditindaklanjuti, 2 sudah lewat waktu"
    assert "• Dinas Sosial: laporan bulanan" in told.text.replace("Laporan", "laporan")


def test_what_is_to_be_done_stands_before_what_is_only_to_be_known():
    told = letter(notice(1, audience="coordinator", agency="Dinas Sosial"), notice(2, agency="Dinas Koperasi"))
    assert told.text.index("Dinas Koperasi") < told.text.index("Untuk diketahui") < told.text.index("Dinas Sosial")


def test_a_broken_promise_and_a_letter_are_mentioned():
    told = letter(notice(after_broken_promise=True, letter="teguran_1"))
    assert "Janji untuk mengirimnya tidak ditepati. Surat teguran disiapkan." in told.text


def test_a_long_list_is_capped_and_says_so():
    told = letter(*[notice(number) for number in range(1, MOST_ITEMS + 4)])
    assert told.text.count("• ") == MOST_ITEMS
    assert "Dan 3 lagi; semuanya ada di portal." in told.text
    assert told.link == "/"


def test_what_people_wrote_cannot_become_markup():
    told = letter(notice(agency='<b onclick="x">Dinas</b>'))
    assert "<b " not in told.html
    assert "&lt;b onclick=&quot;x&quot;&gt;Dinas" in told.html
