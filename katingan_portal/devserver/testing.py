"""`make test`: servers of their own, a template database, the linters, then pytest."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from katingan_portal.devserver import frontend, postgres, valkey
from katingan_portal.devserver.console import CannotGoOn, require_space, step
from katingan_portal.devserver.locks import hold
from katingan_portal.devserver.places import ROOT, TESTS
from katingan_portal.devserver.processes import Child, free_port, kill_leftovers, stop_all, wait_for_port

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TESTS_RUN = "the tests of this clone run already, with the same database. Let them end, or use another clone."
LINTERS = (
    ("ruff", ["ruff", "check", "."]),
    ("ruff format", ["ruff", "format", "--check", "."]),
    ("import contracts", ["lint-imports", "--no-cache"]),
    ("mypy", ["mypy", "katingan_portal", "villages", "agencies", "cooperatives", "reporting"]),
)


def test(arguments: list[str]) -> int:
    """Lint and test; the exit code. pytest's closing line comes last."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lock = hold(TESTS, TESTS_RUN)
    require_space(TESTS.state)
    frontend.prepare()
    chromium = browser()
    with servers() as environment:
        prepare_template(environment)
        _quiet("static files", [sys.executable, "manage.py", "collectstatic", "--no-input"], environment)
        failed = [] if arguments else lint()
        environment["TEST_CHROMIUM"] = chromium
        command = [sys.executable, "-m", "pytest", "-n", str(workers()), "--dist", "worksteal", *arguments]
        code = subprocess.run(command, cwd=ROOT, env=environment).returncode
    lock.close()
    if failed:
        print(f"Failed before the tests: {', '.join(failed)}", file=sys.stderr)
    return code or (1 if failed else 0)


def workers() -> int:
    """One more than there are processors: tests wait for PostgreSQL, Chromium and processes a third of their time."""
    return min((os.cpu_count() or 1) + 1, 5)


def lint() -> list[str]:
    """Run all linters; the names of those that found something."""
    return [name for name, command in LINTERS if not _lints(name, command)]


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """The tests' PostgreSQL and Valkey; yields the environment. Stopped afterwards, whatever happens."""
    kill_leftovers(TESTS.mark)
    port = free_port()
    environment = test_environment(port)
    child = valkey.child(TESTS, port)
    try:
        with step("PostgreSQL and Valkey for the tests"):
            postgres.start(TESTS, durable=False)
            postgres.prepare(TESTS)
            child.start(environment, TESTS.folder("log"))
            wait_for_port(port)
        yield environment
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        stop_all([child])
        kill_leftovers(TESTS.mark)
        postgres.stop(TESTS)


def test_environment(valkey_port: int) -> dict[str, str]:
    environment = TESTS.environment(valkey_port=valkey_port, mail_port=1, address="http://testserver")
    environment["PORTAL_ROLE"] = "web"
    environment["TEST_TEMPLATE"] = TESTS.database
    environment["TEST_SUPERUSER_URL"] = TESTS.database_url("postgres", "postgres")
    return environment


# No key of one table is a key of another, so a foreign row's key can never open an own row of another kind.
SEPARATE_KEYS = """SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1000000 * row_number() OVER ())
FROM pg_sequences WHERE schemaname = 'public'"""


def prepare_template(environment: Mapping[str, str]) -> None:
    """The database that every test copies: made anew when anything it is made from has changed."""
    stamp = TESTS.folder("run") / "template.stamp"
    now = _fingerprint()
    if stamp.exists() and stamp.read_text() == now:
        return
    stamp.unlink(missing_ok=True)
    with step("template database with Katingan in it"):
        postgres.query(TESTS, "postgres", f"DROP DATABASE {TESTS.database} WITH (FORCE)")
        postgres.query(TESTS, "postgres", f"CREATE DATABASE {TESTS.database}")
        postgres.apply_roles(TESTS, TESTS.database)
        _run([sys.executable, "manage.py", "migrate"], environment)
        postgres.query(TESTS, TESTS.database, SEPARATE_KEYS)
        _run([sys.executable, "manage.py", "load_test_world"], environment)
    stamp.write_text(now)


def browser() -> str:
    """Chromium for the browser tests; installed from Debian where that is possible. Raises CannotGoOn."""
    found = os.environ.get("CHROMIUM") or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        with step("Chromium for the browser tests (Debian)"):
            _run(["apt-get", "update", "-qq"], os.environ)
            _run(["apt-get", "install", "-y", "-qq", "chromium"], {**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        return browser()
    raise CannotGoOn("the browser tests need Chromium. Install Debian's package `chromium`, or set CHROMIUM=path.")


def _fingerprint() -> str:
    digest = hashlib.sha256()
    patterns = ("**/migrations/*.py", "**/models.py", "**/actions.py", "**/data/*", "**/management/commands/*.py",
                "katingan_portal/tenancy/*", "**/imports.py")  # fmt: skip
    roots = [ROOT / name for name in ("katingan_portal", "villages", "agencies", "cooperatives", "reporting")]
    for root in roots:
        for pattern in patterns:
            for path in sorted(root.glob(pattern)):
                if path.is_file():
                    digest.update(path.read_bytes())
    digest.update((ROOT / "katingan_portal/tenancy/roles.sql").read_bytes())
    digest.update(SEPARATE_KEYS.encode())
    return digest.hexdigest()


def _lints(name: str, command: list[str]) -> bool:
    environment = {**os.environ, "SECRET_KEY": "lint", "PORTAL_ROLE": "web"}
    binary = str(Path(sys.executable).parent / command[0])
    try:
        _quiet(name, [binary, *command[1:]], environment)
    except CannotGoOn as problem:
        print(problem)
        return False
    return True


def _quiet(words: str, command: list[str], environment: Mapping[str, str]) -> None:
    with step(words):
        _run(command, environment)


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-40:])
        raise CannotGoOn(f"{' '.join(command[:3])} failed:\n{tail}")


def up() -> int:
    """Start the tests' servers and leave them running; prints the environment as export lines."""
    lock = hold(TESTS, TESTS_RUN)
    kill_leftovers(TESTS.mark)
    port = free_port()
    environment = test_environment(port)
    postgres.start(TESTS, durable=False)
    postgres.prepare(TESTS)
    child: Child = valkey.child(TESTS, port)
    child.start(environment, TESTS.folder("log"))
    wait_for_port(port)
    for key in sorted(set(environment) - set(os.environ)):
        print(f"export {key}='{environment[key]}'")
    lock.close()
    return 0


def down() -> int:
    lock = hold(TESTS, TESTS_RUN)
    kill_leftovers(TESTS.mark)
    postgres.stop(TESTS)
    lock.close()
    return 0
