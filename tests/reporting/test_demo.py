"""The demo year: every kind of question has answers, made by the real actions."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from katingan_portal.outbox.models import Message
from katingan_portal.tenancy.scope import applied
from reporting import demo
from reporting.chasing.models import Directive
from reporting.duties.models import Indicator
from reporting.periods.models import Disclaimer, Obligation, Promise
from reporting.periods.standing import is_overdue
from reporting.submissions.models import AcceptedFigure
from tests.conftest import everything_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 10, tzinfo=ZoneInfo("Asia/Pontianak"))


def test_every_kind_of_question_is_answered_in_the_demo(katingan, monkeypatch):
    monkeypatch.setattr(demo, "MONTHS_BACK", 2)
    said = demo.load_demo(katingan, now=NOW)
    assert "demo reports" in said
    with applied(everything_of(katingan)):
        kinds = set(AcceptedFigure.objects.values_list("indicator__kind", flat=True))
        tables = set(
            AcceptedFigure.objects.exclude(indicator__parent=None).values_list("indicator__parent__kind", flat=True)
        )
    assert kinds | tables == set(Indicator.Kind.values)


def test_what_is_late_in_the_demo_was_chased_all_along_and_nobody_gets_a_year_of_mail(katingan, monkeypatch):
    monkeypatch.setattr(demo, "MONTHS_BACK", 3)
    demo.load_demo(katingan, now=NOW)
    with applied(everything_of(katingan)):
        late = Obligation.objects.filter(is_overdue(NOW - timedelta(days=20)))
        assert late.exists()
        for obligation in late:
            fired = obligation.chase_steps.filter(state="fired").values_list("step__code", flat=True)
            assert list(fired)[:3] == ["pengingat-5", "pengingat", "hari-tenggat"], obligation
        assert not Message.objects.filter(kind="chase", state="planned", next_attempt_at__lt=NOW).exists()
        assert Message.objects.filter(kind="chase", state="sent", subject="").count() == 0
        answers = [model.objects.filter(state="open").count() for model in (Promise, Disclaimer, Directive)]
        assert answers == [1, 1, 1]
