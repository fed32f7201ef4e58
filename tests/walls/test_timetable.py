"""The whole timetable: each ring has a task that exists and a base that says whose rows it works on."""

from katingan_portal.celery import app
from katingan_portal.tenancy.tasks import PlatformTask, RegencyTask


def test_every_ring_of_beat_has_its_task():
    app.loader.import_default_modules()
    for name, entry in app.conf.beat_schedule.items():
        assert entry["task"] in app.tasks, name
        assert entry["options"]["expires"] < entry["schedule"], f"{name} would pile up behind a dead worker"


def test_every_task_says_whose_rows_it_works_on():
    app.loader.import_default_modules()
    own = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert {task.name for task in own} >= {"reporting.tick", "outbox.deliver"}
    assert all(isinstance(task, PlatformTask | RegencyTask) for task in own)
