"""The forms that the portal ships: loaded once, proposed as a draft afterwards, never published over what stands."""

from copy import deepcopy
from datetime import UTC, date, datetime

import pytest

from katingan_portal.accounts.permissions import Actor
from katingan_portal.tenancy.scope import Scope, applied
from reporting.duties.actions import read_decree
from reporting.duties.actions_forms import discard_draft
from reporting.duties.actions_shipped import load_forms
from reporting.duties.models import Duty, Indicator, ReportForm
from reporting.duties.queries import version_in_force
from reporting.duties.queries_forms import draft_of, fingerprint_of_version, problems_of, questions_in, rules_in
from reporting.submissions.checks import findings

pytestmark = pytest.mark.django_db

BY = Actor.system("Uji", source="command")
NOW = datetime(2026, 11, 25, tzinfo=UTC)
EXTRA = {"code": "tambahan-berkas", "label": "Tambahan dari berkas", "help": "Uji.", "unit": "orang"}


@pytest.fixture
def data(katingan):
    with applied(Scope(katingan.pk)):
        yield deepcopy(read_decree("katingan"))


def load(data):
    return load_forms(data, starts_on=date(2026, 8, 1), by=BY, now=NOW)


def monthly():
    return ReportForm.objects.get(code="laporan-bulanan")


def test_every_duty_asks_something_that_says_what_to_count(data):
    version = version_in_force(monthly())
    asked = questions_in(version)
    assert {duty.code for duty in Duty.objects.all()} == {question.duty.code for question in asked}
    parts_of_a_sum = ("-l", "-p")
    assert [q.code for q in asked if not q.help_text and not q.code.endswith(parts_of_a_sum)] == []
    assert problems_of(version) == []
    assert findings(asked, rules_in(version), {}, {}) == []


def test_the_quarterly_form_is_a_proposal_that_nobody_is_asked_yet(data):
    form = ReportForm.objects.get(code="evaluasi-triwulanan")
    assert (form.is_active, form.is_portal_default, form.period_type) == (False, True, "quarterly")
    assert problems_of(version_in_force(form)) == []


def test_loading_again_changes_nothing(data):
    before = list(Indicator.objects.values_list("pk", flat=True))
    done = load(data)
    assert (done.created, done.drift) == (0, [])
    assert list(Indicator.objects.values_list("pk", flat=True)) == before


def test_a_new_question_of_the_file_becomes_a_draft_once(data):
    data["duties"][0]["indicators"].append(EXTRA)
    in_force = version_in_force(monthly())
    assert "draf usulan versi 2" in load(data).drift[-1]
    assert version_in_force(monthly()) == in_force
    draft = draft_of(monthly())
    assert {q.code for q in questions_in(draft)} - {q.code for q in questions_in(in_force)} == {"tambahan-berkas"}
    assert load(data).created == 0
    discard_draft(draft, seen=fingerprint_of_version(draft), by=BY)
    assert (load(data).created, draft_of(monthly())) == (0, None)


def test_another_wording_in_the_file_is_drift_and_changes_nothing(data):
    data["duties"][0]["indicators"][0]["label"] = "Kata lain"
    done = load(data)
    assert done.drift == ["indikator Business Assistant yang bertugas: label tersimpan "
                          "'Business Assistant yang bertugas', berkas 'Kata lain'"]  # fmt: skip
    assert not Indicator.objects.filter(label="Kata lain").exists()
