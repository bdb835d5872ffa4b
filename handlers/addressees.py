"""To whom a word about a base goes: its host, the department that recommends it, the Province's own."""

from __future__ import annotations

from handlers.vocabulary import Case, Effect, Notify

PROVINCE = "province"


def host(case: Case, said: str, subject: str) -> list[Effect]:
    """The host's people and its administrators read the same."""
    org = str(case.base.get("host_id") or case.host.get("id") or "")
    return [Notify(role, org, said, subject=subject) for role in ("host", "host_admin")]


def department(case: Case, said: str, subject: str) -> list[Effect]:
    """The department that recommends the base; nobody when master data names none."""
    org = str(case.base.get("recommender_id") or "")
    return [Notify("recommender", org, said, subject=subject)] if org else []


def officer(said: str, subject: str) -> list[Effect]:
    """Whoever handles bases in the Province."""
    return [Notify("province_officer", PROVINCE, said, subject=subject)]


def all_sides(case: Case, said: str, subject: str) -> list[Effect]:
    """Host and department."""
    return [*host(case, said, subject), *department(case, said, subject)]
