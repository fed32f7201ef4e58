"""Run one of our own readers of foreign files in a process of its own: no secrets, no Django, and limits.

A reader module has `main()`, which calls `confine()` before it looks at a byte of stdin, and answers on stdout.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

CPU_SECONDS = 20
WALL_CLOCK_SECONDS = 25
OPEN_FILES = 32
MIB = 1024 * 1024
ROOT = Path(__file__).resolve().parents[2]
# The package's own __init__ loads Celery and the settings; the reader gets an empty package of the same name.
START = """
import importlib, sys, types
root = sys.argv[1]
package = types.ModuleType("katingan_portal")
package.__path__ = [root + "/katingan_portal"]
sys.modules["katingan_portal"] = package
sys.path.insert(0, root)
importlib.import_module(sys.argv[2]).main()
"""


class BeyondLimits(Exception):
    """The reader was ended by a limit, or crashed on the file."""


def ask(module: str, question: bytes, *, seconds: int = WALL_CLOCK_SECONDS) -> bytes:
    """What `module.main()` writes for this input. Raises BeyondLimits; a crash is logged, a limit is not."""
    try:
        # The command is our own; the file goes in by stdin.
        reader = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-B", "-c", START, str(ROOT), module],
            input=question,
            capture_output=True,
            timeout=seconds,
            env={"LC_ALL": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BeyondLimits from error
    if reader.returncode != 0:
        if b"MemoryError" not in reader.stderr and reader.returncode > 0:
            _log_crash(module, reader.stderr)
        raise BeyondLimits
    return reader.stdout


def _log_crash(module: str, stderr: bytes) -> None:
    import structlog  # not at the top: the reader's own process imports this module too

    last_lines = stderr.decode("utf-8", "replace").strip().splitlines()[-3:]
    structlog.get_logger(__name__).warning("confined_reader_crashed", reader=module, last_lines=last_lines)


def confine(memory_mib: int) -> None:
    """Called by the reader itself. It may read, think for a while and answer; it may write no file at all."""
    limits = {
        resource.RLIMIT_AS: memory_mib * MIB,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))
