from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "katingan_portal.ui"
    verbose_name = "Tampilan"
