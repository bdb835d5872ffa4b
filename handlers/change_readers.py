"""Who reads about a change: the host, the departments, the Province's officer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from handlers.vocabulary import Case, Effect, Notify

HOST = ("host", "host_admin")


def host(case: Case, said: str, subject: str, org: Any = None) -> list[Effect]:
    """The host's contact and its administrator (or those of `org`) read it."""
    return _tell(org or case.host.get("id"), HOST, said, subject)


def department(case: Case, said: str, subject: str, org: Any = None) -> list[Effect]:
    """The base's recommending department (or `org`) reads it."""
    return _tell(org or case.base.get("recommender_id"), ("recommender",), said, subject)


def officer(said: str, subject: str) -> list[Effect]:
    """The Province's officers read it."""
    return _tell("province", ("province_officer",), said, subject)


def _tell(org: Any, roles: Iterable[str], said: str, subject: str) -> list[Effect]:
    return [Notify(role, str(org), said, subject=subject) for role in roles] if org else []
