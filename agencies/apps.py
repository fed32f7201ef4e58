from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "agencies"
    verbose_name = "Perangkat daerah"

    def ready(self) -> None:
        from agencies.directory import Memberships
        from katingan_portal.outbox.directory import register_directory

        register_directory(Memberships())
