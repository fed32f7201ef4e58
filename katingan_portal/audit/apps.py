from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "katingan_portal.audit"
    label = "audit"
    verbose_name = "Jejak perubahan"
