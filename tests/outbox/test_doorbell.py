import threading
import time

from katingan_portal.outbox import doorbell as module
from katingan_portal.outbox.doorbell import Doorbell


class Broker:
    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.rings, self.gate = error, 0, threading.Event()

    def send_task(self, name: str, **options: object) -> None:
        assert name == "outbox.deliver"
        self.gate.wait(2)
        self.rings += 1
        if self.error:
            raise self.error


def until(condition) -> bool:
    end = time.monotonic() + 2
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_ring_does_not_wait_for_a_silent_broker(monkeypatch):
    broker, bell = Broker(), Doorbell()
    monkeypatch.setattr(module, "current_app", broker)
    begun = time.monotonic()
    for _ in range(100):
        bell.ring()
    assert time.monotonic() - begun < 0.5
    broker.gate.set()
    assert until(lambda: broker.rings == 2), "the first, and one for all that came meanwhile"


def test_ring_swallows_and_counts_a_broker_that_is_gone(monkeypatch):
    broker, bell = Broker(OSError("gone")), Doorbell()
    broker.gate.set()
    monkeypatch.setattr(module, "current_app", broker)
    bell.ring()
    assert until(lambda: bell.missed == 1)
    broker.error = None
    until(lambda: not bell._ringing.locked())
    bell.ring()
    assert until(lambda: broker.rings == 2)
    assert bell.missed == 1
