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


def test_what_a_dead_worker_held_comes_back_only_when_nobody_can_work_on_it_any_more():
    options = app.conf.broker_transport_options
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit < options["visibility_timeout"]
    assert options["unacked_restore_interval"] * options["unacked_restore_throttle"] <= 10
    assert (app.conf.task_acks_late, app.conf.task_reject_on_worker_lost) == (True, True)
    assert app.conf.worker_prefetch_multiplier == 1
