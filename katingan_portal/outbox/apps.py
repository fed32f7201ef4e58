from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "katingan_portal.outbox"
    label = "outbox"
    verbose_name = "Kotak keluar"
