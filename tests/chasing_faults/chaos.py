"""`make chaos`: ten thousand obligations chased while everything dies at random, again and again; prints a table.

ARGS="--kills 500 --seed 7": the same seed strikes the same blows, as far as the machine's own timing allows.
ARGS=--postfix: Debian's Postfix takes the letters, dies as well, and its own log is what is asked about doubtful ones.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import django

from tests.chasing_faults.real_postfix import Postfix
from tests.outbox.sink import Sink

BAD_LETTERS = (
    "451 at RCPT", "452 full at RCPT", "drop at RCPT", "hang at RCPT", "451 after dot", "452 full after dot",
    "accept, then drop", "discard, then drop",
)  # fmt: skip
BAD_SHARE = 0.1
PORTIONS = 20
ENGINES, SENDERS = 2, 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--regencies", type=int, default=20, help="of 500 obligations each that are due at once")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postfix", action="store_true", help="a real Postfix (package postfix; only as root)")
    wanted = parser.parse_args()
    os.environ["PORTAL_ROLE"] = "web"
    django.setup()
    from tests.chasing_faults.servers import own_postgres

    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, own_postgres(Path(folder)) as database:
        return Chaos(wanted, Path(folder), database).run()


class Chaos:
    def __init__(self, wanted: argparse.Namespace, folder: Path, database) -> None:
        from benchmarks.world import Size
        from tests.chasing_faults.story import Portions, World

        self.kills, self.chances = wanted.kills, random.Random(wanted.seed)
        self.seed, self.folder, self.database, self.is_real = wanted.seed, folder, database, wanted.postfix
        self.world = World(Size(regencies=wanted.regencies, forms=2, months=13, due=500))
        self.portions = Portions(self.world, PORTIONS)
        self.struck: Counter[str] = Counter()
        self.letters: Counter[str] = Counter()
        self.hit = 0
        self.engines: list[int] = []
        self.senders: list[int] = []

    def run(self) -> int:
        from tests.chasing_faults.story import forks_for, settle, until

        begun = time.monotonic()
        with self._relay() as self.sink, forks_for(self.world, self.sink) as self.forks:
            while self.killed < self.kills:
                if self.portions.left and self.killed >= self.kills * (PORTIONS - self.portions.left) / PORTIONS:
                    self.portions.let_go()
                self._man()
                time.sleep(self.chances.uniform(0.05, 0.4))
                self._strike()
            while self.portions.left:
                self.portions.let_go()
            self._man()
            until(lambda: self.world.left == 0, 600, "everything is looked at")
            messages = settle(self.world, 1200)
        return self._tell(messages, time.monotonic() - begun)

    def _relay(self) -> Sink | Postfix:
        if self.is_real:
            self.folder.chmod(0o755)
            return Postfix(self.folder / "postfix")
        sink = Sink(self.folder / "log", hang_for=2)
        sink.script = self._letter
        return sink

    @property
    def killed(self) -> int:
        """Processes that really died by a signal: those that met the point they were to die at, and those we hit."""
        return len(self.forks.deaths.read_text().splitlines()) + self.hit + self.struck["kill −9 all of PostgreSQL"]

    def _letter(self, recipient: str, times: int) -> str:
        action = self.chances.choice(BAD_LETTERS) if self.chances.random() < BAD_SHARE else "accept"
        if action != "accept":
            self.letters[action] += 1
        return action

    def _man(self) -> None:
        """As many engines and senders as there should be; some of them carry their end with them."""
        from tests.chasing_faults.story import is_alive

        for crew, job, size in ((self.engines, "tick on", ENGINES), (self.senders, "deliver", SENDERS)):
            crew[:] = [pid for pid in crew if is_alive(pid)]
            while len(crew) < size:
                crew.append(self.forks.start(job))

    def _strike(self) -> None:
        blows: list[tuple[int, str, Callable[[], None]]] = [
            (30, "kill −9 an engine behind a point of its batch", lambda: self._doomed("tick")),
            (10, "kill −9 an engine behind any statement", lambda: self._doomed("tick", "statement")),
            (25, "kill −9 a sender behind a point of its way", lambda: self._doomed("deliver")),
            (15, "kill −9 an engine at any moment", lambda: self._kill(self.engines)),
            (25, "kill −9 a sender at any moment", lambda: self._kill(self.senders)),
            (6, "freeze a sender for longer than its lease", self._freeze),
            (4, "kill −9 all of PostgreSQL", self._kill_database),
            (5, "the relay gone for a second", self._relay_gone),
            (5, "an engine whose clock is a month ahead", lambda: self._once("tick", days=30)),
        ]
        if isinstance(self.sink, Postfix):
            blows.append((10, "kill −9 all of Postfix", self._kill_relay))
        _, name, blow = self.chances.choices(blows, [weight for weight, *_ in blows])[0]
        blow()
        self.struck[name] += 1

    def _doomed(self, job: str, label: str = "") -> None:
        from tests.chasing_faults.forks import ENGINE_LABELS, SENDER_LABELS

        label = label or self.chances.choice(ENGINE_LABELS if job == "tick" else SENDER_LABELS)
        nth = self.chances.randint(1, 60 if label == "statement" else 3)
        self._once(job, label=label, nth=nth)

    def _once(self, job: str, **fate) -> None:
        """Beside the others. A sender that does not meet its fate stays, and is killed with the others."""
        pid = self.forks.start(job, **fate)
        if job == "deliver":
            self.senders.append(pid)

    def _kill(self, crew: list[int]) -> None:
        self.hit += self.forks.kill(crew.pop(self.chances.randrange(len(crew))))

    def _freeze(self) -> None:
        pid = self.senders.pop(self.chances.randrange(len(self.senders)))
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            self._man()
            time.sleep(7)
            os.kill(pid, signal.SIGCONT)
        self.senders.append(pid)

    def _kill_database(self) -> None:
        self.database.kill()
        time.sleep(self.chances.uniform(0, 1))
        self.database.start()

    def _relay_gone(self) -> None:
        self.sink.close()
        time.sleep(1)
        self.sink.open()

    def _kill_relay(self) -> None:
        self.sink.kill()
        time.sleep(self.chances.uniform(0, 1))
        self.sink.open()

    def _tell(self, messages, seconds: float) -> int:
        found, accepted = self.world.written, self.sink.accepted
        sent = {row.message_id for row in messages if row.is_email and row.state == "sent"}
        lost = self.world.ledger.lost(found) + len(sent - set(accepted))
        lost += sum(row.state != "sent" for row in messages)
        repeated = self.world.ledger.too_many(found) + sum(times - 1 for times in accepted.values())
        stuck = self.world.left + sum(row.state in ("planned", "sending", "unknown") for row in messages)
        rows = [
            ("seed, districts, obligations due",
             f"{self.seed}, {len(self.world.regencies)}, {len({key[0] for key in self.world.ledger.steps}):,}"),
            ("steps, notices, messages, e-mails",
             f"{found.steps.total():,}, {found.notices.total():,}, {len(messages):,}, {len(sent):,}"),
            *((name, str(times)) for name, times in self.struck.most_common()),
            *((f"letter: {name}", str(times)) for name, times in sorted(self.letters.items())),
            ("processes started, killed", f"{self.forks.started}, {self.killed}"),
            ("**lost**", f"**{lost}**"), ("**repeated**", f"**{repeated}**"), ("**stuck**", f"**{stuck}**"),
            ("seconds, load at the end", f"{seconds:.0f}, {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores"),
        ]  # fmt: skip
        print("\n| chaos | |\n|---|---|")
        for name, value in rows:
            print(f"| {name} | {value} |")
        return 1 if lost or repeated or stuck else 0


if __name__ == "__main__":
    sys.exit(main())
