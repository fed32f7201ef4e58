from __future__ import annotations


class LetterRefused(Exception):
    """It cannot be done to this letter; the message is for the user."""


class LetterSettled(LetterRefused):
    """Nothing that the draft is about is owed any more."""
