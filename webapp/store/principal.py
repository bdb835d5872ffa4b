"""On whose behalf a transaction reads: a person through one of his seats, or a named part of the system."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from webapp.errors import Denied, Forbidden

SYSTEM_TABLES: dict[str, frozenset[str] | None] = {
    "command": None,
    "worker": None,
    "upgrade": None,
    "demo": None,
    "audit": frozenset({"journal", "journal_value", "case"}),
    "verify": frozenset({"document", "journal", "base", "base_fact", "organisation"}),
    "login": frozenset(
        {
            "person",
            "seat",
            "delegation",
            "role",
            "organisation",
            "auth_session",
            "login_attempt",
            "account_request",
            "file",
        }
    ),
}
"""What each part of the system may touch besides public tables: a set of tables, None for all of them."""


@dataclass(frozen=True)
class Seat:
    """A person's role in an organisation; `scope` is the role's (architecture.md 1). Dates inclusive, None: open."""

    id: str
    person_id: str
    role: str
    org_id: str
    scope: str = ""
    role_name: str = ""
    org_name: str = ""
    org_kind: str = ""
    city: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    acted_for: str | None = None
    """The person who delegated this seat, when it is not the holder's own."""


@dataclass(frozen=True)
class Principal:
    """Who a session belongs to, for its whole life."""

    person_id: str = ""
    name: str = ""
    seats: tuple[Seat, ...] = ()
    seat: Seat | None = None
    """The seat he acts through now; None sees nothing but himself."""
    system: str | None = None

    @classmethod
    def system_(cls, name: str) -> Principal:
        """A named part of the system with its own reach; raises Denied for a name nobody declared."""
        if name not in SYSTEM_TABLES:
            raise Denied(f"系统身份“{name}”未登记。")
        return cls(person_id=f"system:{name}", name=f"系统（{name}）", system=name)

    @property
    def is_unlimited(self) -> bool:
        """Whether rows are not filtered at all: a part of the system that carries out what was already decided."""
        return self.system is not None and SYSTEM_TABLES[self.system] is None

    @property
    def scope(self) -> str:
        """The scope of the acting seat; empty when there is none."""
        return self.seat.scope if self.seat else ""

    @property
    def role(self) -> str:
        """The role code of the acting seat; empty when there is none."""
        return self.seat.role if self.seat else ""

    @property
    def org_id(self) -> str:
        """The organisation of the acting seat; empty when there is none."""
        return self.seat.org_id if self.seat else ""

    def acting(self, seat_id: str) -> Principal:
        """The same person through another of his seats; raises Forbidden when he does not hold it."""
        for seat in self.seats:
            if seat.id == seat_id:
                return replace(self, seat=seat)
        raise Forbidden("您没有该岗位，请重新选择。")

    def holds(self, role: str, org_id: str) -> bool:
        """Whether the acting seat is this role in this organisation."""
        return self.seat is not None and (self.seat.role, self.seat.org_id) == (role, org_id)
