"""What a line of the log must not say: addresses that are keys, of calendars, one-time links and invitations."""

from __future__ import annotations

import logging
import re

# Of `reporting:calendar_ics`, `accounts:access_link` and `agencies:accept_invitation`; a test compares with the routes.
KEYS = re.compile(r"(/kalender/langganan/[^/\s]+/|/tautan/|/undangan/)[^\s/?#\"'<>,;)]+", re.IGNORECASE)
HIDDEN = r"\1…"


class DiscreetFormatter(logging.Formatter):
    """Hides keys after all is put together: Django writes the path of what went wrong, errors may repeat it."""

    def format(self, record: logging.LogRecord) -> str:
        return KEYS.sub(HIDDEN, super().format(record))
