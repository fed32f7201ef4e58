from typing import Any

import pytest


@pytest.fixture(autouse=True)
def plain_static_addresses(settings: Any) -> None:
    """Components are tested without the built bundle, whose manifest would otherwise be asked for."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
