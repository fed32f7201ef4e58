"""Bounces as Postfix and Exchange write them, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from katingan_portal.outbox.dsn import Bounce, bounces_in
from katingan_portal.outbox.status import blames_address

SAMPLES = Path(__file__).parent / "dsn"
OURS = ("<MESSAGE-ID@portal.example>",)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes()


def test_postfix_report_is_read():
    diagnostic = "550 5.1.1 <ani@uji.example>: Recipient address rejected: User unknown in virtual mailbox table"
    assert bounces_in(sample("postfix")) == [Bounce(OURS, "ani@uji.example", "5.1.1", diagnostic)]


def test_exchange_report_is_read():
    (bounce,) = bounces_in(sample("exchange"))
    assert (bounce.message_ids, bounce.recipient, bounce.status) == (OURS, "ani@uji.example", "5.1.10")
    assert bounce.diagnostic.startswith("550 5.1.10 RESOLVER.ADR.RecipientNotFound")


@pytest.mark.parametrize("action", [b"delayed", b"delivered", b"relayed", b"expanded"])
def test_report_about_anything_but_a_failure_is_none(action: bytes):
    assert bounces_in(sample("postfix").replace(b"Action: failed", b"Action: " + action)) == []


def test_returned_whole_letter_that_was_cut_off_still_names_itself():
    """Mail hosts return as much as they like; the answer's own headers are the last resort."""
    cut = sample("exchange").partition(b"Content-Type: message/rfc822")[0] + b"--\n"
    (bounce,) = bounces_in(cut)
    assert bounce.message_ids == OURS


@pytest.mark.parametrize(
    "letter",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: halo\n\nisi",
        b"Content-Type: multipart/report; report-type=delivery-status\n\nno parts",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n\n--x--\n",
        b"Content-Type: multipart/report; boundary=x\nReferences: =?x?=\n\n--x\nContent-Type: text/plain\n\nx\n--x--\n",
    ],
)
def test_what_is_no_report_says_nothing(letter: bytes):
    assert bounces_in(letter) == []


@pytest.mark.parametrize(
    ("text", "blames"),
    [
        ("5.1.1", True),
        ("5.1.10", True),
        ("5.2.1", True),
        ("5.2.2", True),
        ("5.4.1", True),
        ("5.4.4", True),
        ("5.0.0", True),
        ("550 no such user", True),
        ("551 user not local", True),
        ("553 mailbox name not allowed", True),
        ("550 5.1.1 <x>: 5.7.1 rejected", True),
        ("5.7.1", False),
        ("554 5.7.1 Relay access denied", False),
        ("550 5.7.26 unauthenticated", False),
        ("5.2.3", False),
        ("5.1.8", False),
        ("5.3.4", False),
        ("5.4.6", False),
        ("554 transaction failed", False),
        ("552 too much mail", False),
        ("4.4.1", False),
        ("", False),
    ],
)
def test_only_the_addresses_own_faults_are_blamed_on_it(text: str, blames: bool):
    assert blames_address(text) is blames
