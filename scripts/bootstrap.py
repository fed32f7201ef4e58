"""Make the virtual environment that the rest needs, then hand over. Nothing but the standard library.

Written so that even an old Python can read it far enough to say that it is too old.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
REQUIREMENTS = os.path.join(ROOT, "requirements-dev.txt")
STATE = os.path.join(ROOT, "var")
STAMP = os.path.join(VENV, ".requirements")


def fail(line):
    sys.stderr.write("Cannot go on: %s\n" % line)
    sys.exit(1)


def fingerprint():
    with open(REQUIREMENTS, "rb") as file:
        return hashlib.sha256(file.read() + sys.version.encode()).hexdigest()


def is_ready():
    try:
        with open(STAMP) as file:
            return file.read() == fingerprint() and os.path.exists(PYTHON)
    except OSError:
        return False


def step(words, command):
    """Run a command quietly with one line of progress; its last lines only when it fails."""
    sys.stdout.write("  %-44s " % words)
    sys.stdout.flush()
    begun = time.time()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    sys.stdout.write("%6.1f s\n" % (time.time() - begun))
    sys.stdout.flush()
    if done.returncode:
        explain(words, done.stdout.decode("utf-8", "replace"))


def explain(words, output):
    if "No space left" in output:
        fail("the disk is full. Free some space and try again.")
    if "ensurepip" in output or "No module named venv" in output:
        fail("this Python has no venv module. On Debian: apt-get install python3-venv")
    network = (
        "NewConnectionError",
        "Temporary failure in name",
        "Max retries",
        "timed out",
        "No matching distribution",
    )
    if any(sign in output for sign in network):
        fail("'%s' could not reach the package registry. Check the network or proxy and try again." % words)
    last = [line for line in output.strip().splitlines() if line.strip()][-1:] or ["no output"]
    fail("'%s' failed: %s" % (words, last[0][:300]))


def prepare():
    """One at a time per clone; whoever waited finds it done."""
    if is_ready():
        return
    os.makedirs(STATE, exist_ok=True)
    with open(os.path.join(STATE, "environment.lock"), "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_ready():
            make_environment()


def make_environment():
    """Afresh: one that was interrupted half-way cannot be mended by pip. Readable by PostgreSQL's own user."""
    before = os.umask(0o022)
    step("Python environment", [sys.executable, "-m", "venv", "--clear", VENV])
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    step("Python packages (pinned, hashed)", pip + ["-r", REQUIREMENTS])
    with open(STAMP, "w") as file:
        file.write(fingerprint())
    os.umask(before)


def main():
    if sys.version_info < (3, 11):
        fail(
            "the portal needs Python 3.11 or newer; this is %s. Try: make run PYTHON=python3.11"
            % sys.version.split()[0]
        )
    os.chdir(ROOT)
    try:
        prepare()
    except OSError as problem:
        fail("%s: %s" % (problem.filename or "the disk", problem.strerror))
    except KeyboardInterrupt:
        fail("interrupted.")
    sys.stdout.flush()
    os.execv(PYTHON, [PYTHON, "-m", "katingan_portal.devserver"] + sys.argv[1:])


main()
