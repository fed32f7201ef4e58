from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "katingan_portal.accounts"
    label = "accounts"
    verbose_name = "Akun"
