"""Django finds only what reporting/models.py re-exports: a model forgotten there gets no migration and no warning."""

import inspect
from importlib import import_module

from django.db import models

from reporting import models as exported


def test_reporting_re_exports_every_model_of_its_concepts():
    for concept in ("duties", "periods", "submissions", "chasing"):
        module = import_module(f"reporting.{concept}.models")
        own = [
            name
            for name, thing in inspect.getmembers(module, inspect.isclass)
            if issubclass(thing, models.Model) and thing.__module__ == module.__name__
        ]
        assert own
        assert set(own) <= set(exported.__all__), concept
