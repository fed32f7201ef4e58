from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = "Pelaporan"

    def ready(self) -> None:
        from katingan_portal.outbox.delivery import register_recheck
        from reporting.chasing.engine import still_owed

        register_recheck("chase", still_owed)
