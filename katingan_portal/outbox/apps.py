from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.conf import settings

if TYPE_CHECKING:
    from katingan_portal.outbox.delivery import Oracle


class OutboxConfig(AppConfig):
    name = "katingan_portal.outbox"
    label = "outbox"
    verbose_name = "Kotak keluar"

    def ready(self) -> None:
        from katingan_portal.outbox.delivery import register_oracle

        register_oracle(known_oracle())


def known_oracle() -> Oracle | None:
    """Who can be asked what the relay took: Postfix's log, development's mail catcher, or nobody."""
    from katingan_portal.outbox.catcher import CatcherFolder
    from katingan_portal.outbox.postfix_log import PostfixLog

    if settings.PORTAL_MAIL_LOG:
        return PostfixLog(Path(settings.PORTAL_MAIL_LOG))
    return CatcherFolder(settings.STATE_DIR / "mail") if settings.PORTAL_DEVELOPMENT else None
