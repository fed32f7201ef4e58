from __future__ import annotations

from datetime import date

from reporting.periods.models import Holiday


def holiday_names() -> dict[date, str]:
    """{day: name} of the regency's closed days."""
    return dict(Holiday.objects.values_list("on", "name"))
