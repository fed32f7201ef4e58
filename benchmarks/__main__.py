"""`make bench` measures and prints tables, `make bench ARGS=chase` only that one. It changes no file of the project."""

from __future__ import annotations

import os
import sys

import django

NAMES = ("chase",)


def main() -> int:
    os.environ["PORTAL_ROLE"] = "worker"
    django.setup()
    wanted = sys.argv[1:] or list(NAMES)
    if unknown := set(wanted) - set(NAMES):
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in wanted:
        __import__(f"benchmarks.{name}", fromlist=["measure"]).measure()
    return 0


if __name__ == "__main__":
    sys.exit(main())
