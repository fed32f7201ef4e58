"""The scope of the running work: which regency, and whose private rows inside it.

Two layers read it. PostgreSQL's policies read the transaction-local settings `portal.*`; the managers in
`models.py` read the context variable. Both are set here and nowhere else, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import connection, transaction

log = structlog.get_logger(__name__)


class ScopeRequired(RuntimeError):
    """Tenant-owned rows were asked for outside `applied(scope)`."""


@dataclass(frozen=True)
class Scope:
    """One regency, and the agencies whose private rows (drafts, returned reports) may be read and written."""

    regency_id: int
    read_agencies: tuple[int, ...] = ()
    write_agencies: tuple[int, ...] = ()


_current: ContextVar[Scope | None] = ContextVar("portal_scope", default=None)
_platform_work: ContextVar[str] = ContextVar("portal_platform_work", default="")


def current_scope() -> Scope | None:
    return _current.get()


def required_scope() -> Scope:
    """The scope of the running work. Raises ScopeRequired when there is none."""
    scope = _current.get()
    if scope is None:
        raise ScopeRequired("tenant-owned rows need a scope: with applied(Scope(...)):")
    return scope


def current_regency_id() -> int:
    return required_scope().regency_id


@contextmanager
def applied(scope: Scope) -> Iterator[None]:
    """Run the block inside a transaction that sees only `scope`.

    The previous scope is put back on a normal exit from a nested block: RELEASE SAVEPOINT keeps an inner `set_config`,
    so it would leak otherwise. The end of the transaction, and a rollback, put it back by themselves.
    """
    previous = _current.get()
    is_nested = connection.in_atomic_block
    with transaction.atomic():
        _tell_database(scope)
        token = _current.set(scope)
        try:
            yield
        finally:
            _current.reset(token)
        if is_nested and not connection.needs_rollback:
            _tell_database(previous)


def enter_scope(scope: Scope) -> None:
    """Take on `scope` for the rest of the request, for clients known only after the middleware (API tokens).

    The middleware's own frame puts everything back: the settings end with its transaction, the variable with
    `leaving_nothing_behind`.
    """
    _tell_database(scope)
    _current.set(scope)


@contextmanager
def leaving_nothing_behind() -> Iterator[None]:
    """Restore the scope variable after the block, whatever was entered inside it."""
    token = _current.set(_current.get())
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def platform_work(reason: str) -> Iterator[None]:
    """Allow the `across_regencies` managers, for jobs that serve all regencies at once.

    Only the worker's database role has policies for it; `reason` goes to the log, and the job leaves its own row.
    """
    if settings.PORTAL_ROLE != "worker":
        raise ScopeRequired("platform work runs as the worker role only")
    log.info("platform_work", reason=reason)
    token = _platform_work.set(reason)
    try:
        yield
    finally:
        _platform_work.reset(token)


def in_platform_work() -> bool:
    return bool(_platform_work.get())


def _tell_database(scope: Scope | None) -> None:
    regency = str(scope.regency_id) if scope else ""
    read = ",".join(map(str, scope.read_agencies)) if scope else ""
    write = ",".join(map(str, scope.write_agencies)) if scope else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('portal.regency', %s, true), set_config('portal.read_agencies', %s, true),"
            " set_config('portal.write_agencies', %s, true)",
            [regency, read, write],
        )
