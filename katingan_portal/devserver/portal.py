"""`make run`: everything up, then watch it until somebody ends it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from katingan_portal.devserver import frontend, postgres, valkey
from katingan_portal.devserver.console import CannotGoOn, reason, require_space, step
from katingan_portal.devserver.locks import hold, holder
from katingan_portal.devserver.places import MARK, PORTAL, ROOT, TESTS, replace
from katingan_portal.devserver.processes import (
    Child,
    free_port,
    kill_leftovers,
    restart_dead,
    stop_all,
    wait_for_port,
)

DEFAULT_PORT = 8000
STATUS = "portal.json"
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, a polite kill, a terminal that is closed


class Interrupted(BaseException):
    """One of the ENDINGS."""


def run() -> int:
    """Returns the exit code, after everything that was started has been stopped again."""
    lock = hold(PORTAL, running_already())
    (PORTAL.folder("run") / STATUS).unlink(missing_ok=True)
    on_ending(_interrupt)
    children: list[Child] = []
    try:
        with_demo = os.environ.get("DEMO", "1") != "0"
        port = chosen_port()
        require_space(PORTAL.state)
        print("Katingan portal", flush=True)
        if kill_leftovers(PORTAL.mark):
            print("  (an earlier start was killed; its processes are gone now)", flush=True)
        is_new = frontend.prepare()
        environment = start_servers(children, port)
        prepare_data(environment, is_new=is_new, with_demo=with_demo)
        if not with_demo:
            first_admin(environment)
        start_portal(children, port, environment)
        announce(port, environment)
        watch(children, environment)
    except Interrupted:
        print("\nStopping …", flush=True)
        return 0
    finally:
        on_ending(signal.SIG_IGN)
        stop_all(reversed(children))
        kill_leftovers(PORTAL.mark)
        (PORTAL.folder("run") / STATUS).unlink(missing_ok=True)
        postgres.stop(PORTAL)
        lock.close()


def watch(children: list[Child], environment: Mapping[str, str]) -> NoReturn:
    """Start again what ended by itself, until interrupted; a trouble that lasts is told once."""
    in_trouble = False
    while True:
        restart_dead(children, environment, PORTAL.folder("log"))
        try:
            require_space(PORTAL.state)
            revive_database()
        except CannotGoOn as trouble:
            if not in_trouble:
                print(f"  Trouble: {trouble}", flush=True)
            in_trouble = True
        else:
            in_trouble = False
        time.sleep(1)


def revive_database() -> None:
    """PostgreSQL ends when its log finds no space on the disk; nothing committed is lost then."""
    if not postgres.is_running(PORTAL):
        with step("PostgreSQL ended by itself; starting it again"):
            postgres.start(PORTAL)


def on_ending(handler: Callable[[int, FrameType | None], Any] | signal.Handlers) -> None:
    """Meet the ENDINGS with `handler`; nohup's wish to outlive the terminal is respected."""
    for number in ENDINGS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def running_already() -> str:
    running = status()
    where = f"at {running['address']}" if running else "or is just starting"
    return f"this portal runs already {where}. `make stop` ends it."


def status() -> dict[str, str] | None:
    """Address and environment of the portal that runs in this clone; None for what a killed one left behind."""
    if holder(PORTAL) is None:
        return None
    try:
        found: dict[str, str] = json.loads((PORTAL.state / "run" / STATUS).read_text())
    except (OSError, ValueError):
        return None
    return found


def chosen_port() -> int:
    wanted = os.environ.get("PORT", "")
    if not wanted:
        return free_port(DEFAULT_PORT)
    if not wanted.isdigit() or not 1 <= int(wanted) <= 65535:
        raise CannotGoOn(f"PORT={wanted} is no port number")
    return free_port(int(wanted), insist=True)


def start_servers(children: list[Child], port: int) -> dict[str, str]:
    """PostgreSQL, Valkey and the mailbox; returns the environment of everything else."""
    ports = {name: free_port() for name in ("valkey", "smtp", "mailbox")}
    environment = PORTAL.environment(
        valkey_port=ports["valkey"], mail_port=ports["smtp"], address=f"http://localhost:{port}"
    )
    environment["PORTAL_MAILBOX"] = f"http://localhost:{ports['mailbox']}"
    with step("PostgreSQL"):
        postgres.start(PORTAL)
        postgres.prepare(PORTAL)
    mail = PORTAL.folder("mail")
    catcher = [sys.executable, "-m", "katingan_portal.devserver.mailcatcher", str(mail)]
    catcher += [str(ports["smtp"]), str(ports["mailbox"])]
    with step("Valkey and the trial mailbox"):
        for child in (valkey.child(PORTAL, ports["valkey"]), Child("mailbox", catcher)):
            children.append(child)
            child.start(environment, PORTAL.folder("log"))
        for each in ports.values():
            wait_for_port(each)
    return environment


def prepare_data(environment: Mapping[str, str], *, is_new: bool, with_demo: bool) -> None:
    manage("database tables", environment, "migrate", "--no-input")
    if is_new or static_is_stale():
        manage("static files", environment, "collectstatic", "--no-input", "--clear")
    manage("Katingan: decree, agencies, 161 villages", environment, "load_katingan")
    if with_demo:
        manage("demo people and a year of demo reports", environment, "load_demo")


def static_is_stale() -> bool:
    """Whether a static file is newer than what was collected; `make test` builds the bundle too."""
    collected = PORTAL.state / "static" / "staticfiles.json"
    if not collected.exists():
        return True
    since = collected.stat().st_mtime
    return any(path.stat().st_mtime > since for path in (ROOT / "static").rglob("*") if path.is_file())


def first_admin(environment: Mapping[str, str]) -> None:
    """A clean district needs its first administrator before anybody can sign in."""
    command = [sys.executable, "manage.py", "first_admin", "--regency", "62.06", "--prompt", "--unless-there"]
    if not sys.stdin.isatty():
        print('  No terminal to ask: make manage ARGS="first_admin --help" makes the first administrator.', flush=True)
        return
    if subprocess.run(command, cwd=ROOT, env=environment).returncode:
        raise CannotGoOn("no administrator was made; start again to be asked again")


def manage(words: str, environment: Mapping[str, str], *arguments: str) -> None:
    """One quiet manage.py command as a step; its output only when it fails."""
    with step(words):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            with suppress(OSError):  # on a full disk
                (PORTAL.folder("log") / "manage.log").write_text(done.stdout + done.stderr)
            raise CannotGoOn(f"'{words}' failed: {reason(done.stderr)} (all of it: var/log/manage.log)")


def start_portal(children: list[Child], port: int, environment: Mapping[str, str]) -> None:
    binaries = Path(sys.executable).parent
    celery = [str(binaries / "celery"), "-A", "katingan_portal"]
    schedule = PORTAL.folder("run") / "celerybeat-schedule"
    worker = [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    beat = [*celery, "beat", "--loglevel", "INFO", "--schedule", str(schedule), "--pidfile="]
    web = [str(binaries / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    web += ["--workers", "1", "--blocking-threads", "4", "katingan_portal.wsgi:application"]
    started = [
        Child("web", web, {"PORTAL_ROLE": "web"}),
        Child("worker", worker, {"PORTAL_ROLE": "worker"}),
        Child("beat", beat, {"PORTAL_ROLE": "worker"}),
    ]
    with step("web server, worker and beat"):
        for child in started:
            children.append(child)
            child.start(environment, PORTAL.folder("log"))
        wait_for_first_page(port)


def wait_for_first_page(port: int, patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/masuk/", timeout=10) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise CannotGoOn("the web server does not answer; see var/log/web.log")


def announce(port: int, environment: Mapping[str, str]) -> None:
    address = f"http://localhost:{port}"
    # Without the mark: somebody's own `make shell` is no process of ours to kill.
    shown = {key: environment[key] for key in environment if key not in {*os.environ, MARK}}
    replace(PORTAL.folder("run") / STATUS, json.dumps({"address": address, **shown}))
    sign_ins = subprocess.run(
        [sys.executable, "manage.py", "demo_sign_ins"], cwd=ROOT, env=environment, capture_output=True, text=True
    ).stdout
    print(f"\n  Portal            {address}\n  Trial mailbox     {environment['PORTAL_MAILBOX']}")
    if sign_ins.strip():
        print("\n  Sign in as (name, password, who):")
        print("".join(f"    {line}\n" for line in sign_ins.splitlines()))
    print("  Ctrl-C stops everything.", flush=True)


def stop() -> int:
    """End the portal of this clone, whoever started it."""
    running = holder(PORTAL)
    if running is not None:
        os.kill(running, signal.SIGTERM)
        wait_for_end(running)
    found = kill_leftovers(PORTAL.mark)
    if (PORTAL.state / "postgres").exists():
        postgres.stop(PORTAL)
    print("Stopped." if running is not None or found else "Nothing was running.")
    return 0


def wait_for_end(running: int, patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while holder(PORTAL) == running:
        if time.monotonic() > deadline:
            raise CannotGoOn(f"the portal (process {running}) does not end; its logs are in var/log")
        time.sleep(0.2)


def clean() -> int:
    """Remove all local data, after asking."""
    if os.environ.get("FORCE") != "1":
        if not sys.stdin.isatty():
            raise CannotGoOn("make clean removes all local data; say FORCE=1 to do it without a terminal")
        if input("Remove all local data in var/ (database, mails, files)? Type yes: ").strip() != "yes":
            print("Nothing was removed.")
            return 1
    tests = hold(TESTS, "the tests of this clone are running, and their database is in var/. Let them end first.")
    stop()
    stop_tests()
    for folder in (PORTAL.state, PORTAL.sockets, TESTS.sockets):
        shutil.rmtree(folder, ignore_errors=True)
    tests.close()
    print("Removed var/. The Python environment and npm packages stay; `make run` starts afresh.")
    return 0


def stop_tests() -> None:
    """What a killed run of the tests left in this clone."""
    kill_leftovers(TESTS.mark)
    if (TESTS.state / "postgres").exists():
        postgres.stop(TESTS)


def environment_of_running() -> dict[str, str]:
    running = status()
    if running is None:
        raise CannotGoOn("the portal is not running. Start it with `make run` in another terminal.")
    return {**os.environ, **running}


def manage_running(arguments: list[str]) -> int:
    command = [sys.executable, "manage.py", *(arguments or ["help"])]
    return subprocess.run(command, cwd=ROOT, env=environment_of_running()).returncode


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted
