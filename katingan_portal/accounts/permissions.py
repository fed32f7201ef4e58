"""The two questions that every door asks: `may(actor, verb, thing)` and, for lists, `visible_to` (agencies.access)."""

from __future__ import annotations

from dataclasses import dataclass

from katingan_portal.accounts.roles import ROLES, Role, Verb


@dataclass(frozen=True)
class Actor:
    """Who acts: a person in one of their memberships, or the portal itself (`Actor.system`).

    source: web, api, import, job, command or demo; kept in the audit trail.
    """

    name: str
    user_id: int | None = None
    membership_id: int | None = None
    agency_id: int | None = None
    subdistrict_id: int | None = None
    role: str = ""
    source: str = "web"
    request_id: str = ""

    @classmethod
    def system(cls, name: str, source: str = "job") -> Actor:
        return cls(name=name, source=source)

    @property
    def duties(self) -> Role:
        return ROLES.get(self.role, Role("", ""))


def may(actor: Actor, verb: Verb, thing: object = None) -> bool:
    """Whether `actor` may `verb` the `thing`; without a thing, whether they may anywhere at all.

    A thing says whose it is by `agency_id`, and where by `subdistrict_id`.
    """
    role = actor.duties
    if verb in role.everywhere:
        return True
    if thing is None:
        return verb in role.verbs
    if verb in role.own_agency and _same(actor.agency_id, getattr(thing, "agency_id", None)):
        return True
    return verb in role.own_subdistrict and _same(actor.subdistrict_id, getattr(thing, "subdistrict_id", None))


def _same(own: int | None, other: int | None) -> bool:
    return own is not None and own == other
