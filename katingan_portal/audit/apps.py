from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "katingan_portal.audit"
    label = "audit"
    verbose_name = "Jejak perubahan"

    def ready(self) -> None:
        from katingan_portal.audit import receivers  # noqa: F401  (connects them)
