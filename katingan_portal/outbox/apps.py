from django.apps import AppConfig
from django.conf import settings


class OutboxConfig(AppConfig):
    name = "katingan_portal.outbox"
    label = "outbox"
    verbose_name = "Kotak keluar"

    def ready(self) -> None:
        if settings.PORTAL_DEVELOPMENT:
            from katingan_portal.outbox.catcher import CatcherFolder
            from katingan_portal.outbox.delivery import register_oracle

            register_oracle(CatcherFolder(settings.STATE_DIR / "mail"))
