"""The base of every Celery task: no task runs without saying whose rows it works on."""

from __future__ import annotations

from typing import Any

from celery import Task

from katingan_portal.tenancy.scope import Scope, ScopeRequired, applied, platform_work


class RegencyTask(Task):
    """Works inside one regency, named by the keyword `regency_id`, in one transaction."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        regency_id = kwargs.get("regency_id")
        if not isinstance(regency_id, int):
            raise ScopeRequired(f"{self.name} needs regency_id")
        with applied(Scope(regency_id)):
            return super().__call__(*args, **kwargs)


class PlatformTask(Task):
    """Works over all regencies under the worker role's own policies; opens its transactions itself, and short."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with platform_work(self.name):
            return super().__call__(*args, **kwargs)
