"""`python -m katingan_portal.devserver <verb>`, behind the Makefile."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until main() listens, Ctrl-C needs no traceback

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from katingan_portal.devserver import measuring, portal, testing
from katingan_portal.devserver.console import CannotGoOn, complain, step
from katingan_portal.devserver.places import ROOT


def lint(arguments: list[str]) -> int:
    return 1 if testing.lint() else 0


def lock(arguments: list[str]) -> int:
    """Pin the requirements anew, with a tool that lives only as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder, step("pinning"):
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([f"{folder}/bin/pip", "install", "--quiet", "uv"], check=True)
        for name in ("requirements", "requirements-dev"):
            flags = ["--quiet", "--generate-hashes", "--no-header", "--no-annotate", "--universal"]
            command = [str(Path(folder) / "bin" / "uv"), "pip", "compile", *flags, "--python-version", "3.11"]
            subprocess.run([*command, f"{name}.in", "-o", f"{name}.txt"], cwd=ROOT, check=True)
    return 0


VERBS: dict[str, Callable[[list[str]], int]] = {
    "run": lambda arguments: portal.run(),
    "stop": lambda arguments: portal.stop(),
    "clean": lambda arguments: portal.clean(),
    "shell": lambda arguments: portal.manage_running(["shell"]),
    "manage": portal.manage_running,
    "test": testing.test,
    "bench": measuring.bench,
    "chaos": measuring.chaos,
    "lint": lint,
    "lock": lock,
    "up": lambda arguments: testing.up(),
    "down": lambda arguments: testing.down(),
}


def main() -> int:
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    verb, arguments = sys.argv[1], sys.argv[2:]
    try:
        return VERBS[verb](arguments)
    except (CannotGoOn, OSError, subprocess.CalledProcessError) as problem:
        return complain(problem)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
