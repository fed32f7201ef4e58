from django.apps import AppConfig


class CooperativesConfig(AppConfig):
    name = "cooperatives"
    verbose_name = "Koperasi"

    def ready(self) -> None:
        from cooperatives.panels import nib_measure, subdistrict_panel, village_panel
        from villages.panels import parts

        parts.of_village.append(village_panel)
        parts.of_subdistrict.append(subdistrict_panel)
        parts.measures.append(nib_measure)
