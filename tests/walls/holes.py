"""What is wrong with the policies of one table, as the database itself has them."""

from __future__ import annotations

from django.db import connection, models


def holes(model: type[models.Model]) -> list[str]:
    """One line for each policy that is open, not plain or not for the portal's own roles; empty when the wall holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT policyname, roles::text[], coalesce(qual, '') || coalesce(with_check, '') FROM pg_policies"
            " WHERE tablename = %s",
            [model._meta.db_table],
        )
        policies = cursor.fetchall()
    found = [] if len(policies) >= 4 else [f"only {len(policies)} policies"]
    return found + [f"{name}: {text}" for name, roles, text in policies if not _is_sound(name, roles, text)]


def _is_sound(name: str, roles: list[str], text: str) -> bool:
    if not set(roles) <= {"portal_web", "portal_worker"} or " OR " in text or "CASE" in text:
        return False
    if "_platform_" in name:
        return set(text.split("true")) == {""} and roles == ["portal_worker"]
    return "( SELECT" in text
