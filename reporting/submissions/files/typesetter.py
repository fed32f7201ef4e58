"""Sets one document as PDF in a process of its own: the Typst source named, JSON on stdin, PDF on stdout.

What people wrote is data all the way: it reaches Typst as one JSON value and is never part of a source text. A text
made to keep the typesetter busy for ever meets the limits here. No Django and no settings: it holds no secrets.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

MEMORY_BYTES = 2 * 1024 * 1024 * 1024
CPU_SECONDS = 20
OPEN_FILES = 64


def confine() -> None:
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))


def main() -> None:
    confine()
    import typst

    source = Path(sys.argv[1])
    pdf = typst.compile(
        str(source),
        root=str(source.parent),
        ignore_system_fonts=True,
        sys_inputs={"paper": sys.stdin.buffer.read().decode()},
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
