"""Passwords: how they are stored, checked and judged, and the one-time links that replace them.

argon2id with 19 MiB, two passes, one lane (OWASP; 30 ms here). Knows no person rows but what it is given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from itsdangerous import BadData, URLSafeTimedSerializer

from webapp import clock
from webapp.errors import Invalid

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
DUMMY = HASHER.hash("a password nobody has")
"""Verified for unknown users, so that they take as long as known ones."""

LONGEST = 256
RESET_SECONDS = 30 * 60
INVITATION_SECONDS = 24 * 3600
STEP = 30

DENIED_WORDS = (
    "guohe",
    "zjkjt",
    "password",
    "passw0rd",
    "qwerty",
    "admin",
    "123456",
    "abc123",
    "zhejiang",
    "国合基地",
    "111111",
)
"""Pieces that attackers try first; context words of ASVS 5.0 6.2.11 among them."""


def hashed(password: str) -> str:
    """The argon2id string to store."""
    return HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; takes the same time when nothing is stored."""
    try:
        return HASHER.verify(stored or DUMMY, password[:LONGEST]) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """The hash was made with other parameters and is to be made anew at this log-in."""
    return HASHER.check_needs_rehash(stored)


@dataclass(frozen=True)
class PasswordRules:
    """Profile `dengbao3` (GB/T 22239 level 3) or `asvs` (OWASP ASVS 5.0): they differ, so one chooses."""

    profile: str = "dengbao3"
    min_length: int = 10
    max_age_days: int = 90

    @property
    def shortest(self) -> int:
        return self.min_length if self.profile == "dengbao3" else max(self.min_length, 12)

    def explain(self) -> str:
        """What a person is told before he chooses."""
        kinds = "，且含大写字母、小写字母、数字、符号中的三种" if self.profile == "dengbao3" else "，可以是一句话"
        return f"至少 {self.shortest} 个字符{kinds}；不要含登录名、姓名或常见口令。"

    def check(self, password: str, *, login: str, name: str = "", old: Sequence[str] = ()) -> None:
        """Raises Invalid with the first reason why the password will not do."""
        reason = self._objection(password, login, name)
        if not reason and any(matches(each, password) for each in old if each):
            reason = "新口令不能与最近用过的口令相同。"
        if reason:
            raise Invalid({"password": reason})

    def _objection(self, password: str, login: str, name: str) -> str:
        if len(password) < self.shortest:
            return f"口令至少 {self.shortest} 个字符。"
        if len(password) > LONGEST:
            return f"口令不能超过 {LONGEST} 个字符。"
        lowered = password.lower()
        if any(word and word.lower() in lowered for word in (login, name, *DENIED_WORDS)):
            return "口令中含有登录名、姓名或常见口令，请另选一个。"
        if len(set(password)) < 5:
            return "口令重复字符过多，请另选一个。"
        if self.profile == "dengbao3" and _kinds(password) < 3:
            return "口令须含大写字母、小写字母、数字、符号中的三种。"
        return ""


def _kinds(password: str) -> int:
    tests = (str.islower, str.isupper, str.isdigit, lambda char: not char.isalnum())
    return sum(any(test(char) for char in password) for test in tests)


class OneTimeLinks:
    """Links for first log-in and reset. A link dies with the password it replaces, and after its time."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeTimedSerializer(secret, salt="one-time-link")

    def make(self, person_id: str, stored: str | None, *, invitation: bool = False) -> str:
        """A token to put into a link."""
        return self._signer.dumps([person_id, _mark(stored), int(invitation)])

    def person_of(self, token: str) -> str | None:
        """Whose token it is, not yet checked against his password; None when forged or too old."""
        try:
            person_id, _, invitation = self._signer.loads(token)
            self._signer.loads(token, max_age=INVITATION_SECONDS if invitation else RESET_SECONDS)
        except (BadData, ValueError, TypeError):
            return None
        return str(person_id)

    def is_unused(self, token: str, stored: str | None) -> bool:
        """Nothing has replaced the password since the link was made."""
        try:
            return bool(self._signer.loads(token)[1] == _mark(stored))
        except (BadData, ValueError, TypeError, IndexError):
            return False


def _mark(stored: str | None) -> str:
    return hashlib.sha256((stored or "none").encode()).hexdigest()[:24]


def new_totp_secret() -> str:
    """A secret for an authenticator app, base32."""
    return pyotp.random_base32()


def totp_address(secret: str, login: str) -> str:
    """What the QR code for the authenticator app says."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="国合基地流程平台")


def totp_step(secret: str, code: str, last_step: int | None) -> int | None:
    """The time step that the code proves, one step of drift allowed; None when it is wrong or was used before."""
    code = "".join(char for char in code if char.isdigit())
    now = int(clock.now().timestamp()) // STEP
    for step in (now, now - 1, now + 1):
        if pyotp.TOTP(secret).at(step * STEP) == code and step > (last_step or -1):
            return step
    return None
