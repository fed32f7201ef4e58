from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "katingan_portal.tenancy"
    label = "tenancy"
    verbose_name = "Kabupaten/kota"
