"""Beat's own timetable with shorter waits: `celery -A tests.chasing_live.hurried beat`. Nothing else differs."""

from katingan_portal.celery import app

SECONDS = 2.0

for entry in app.conf.beat_schedule.values():
    entry["schedule"] = min(SECONDS, entry["schedule"])
