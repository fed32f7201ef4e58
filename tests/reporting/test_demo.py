"""The demo year: every kind of question has answers, made by the real actions."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from katingan_portal.tenancy.scope import applied
from reporting import demo
from reporting.duties.models import Indicator
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
