"""Passwords: both policy profiles, hashes, one-time links, codes that work once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from webapp import clock
from webapp.errors import Invalid
from webapp.views import passwords

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("password", ["Qiantang-2026", "钱塘江潮水又涨了Ab1", "x" * 3 + "Yz9!" * 16])
def test_good_passwords_pass_the_classified_protection_profile(password: str) -> None:
    passwords.PasswordRules("dengbao3").check(password, login="shenjia", name="沈嘉禾")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Ab1!", "至少"),
        ("alllowercase1", "三种"),
        ("Password-2026", "常见"),
        ("Shenjia-2026x", "登录名"),
        ("Aa1!Aa1!Aa1!", "重复"),
        ("A1!" + "b" * 300, "不能超过"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.PasswordRules("dengbao3").check(password, login="shenjia", name="沈嘉禾")
    assert reason in refused.value.fields["password"]


def test_asvs_profile_asks_for_length_and_nothing_else() -> None:
    passwords.PasswordRules("asvs").check("four quiet herons wading", login="shenjia")
    with pytest.raises(Invalid):
        passwords.PasswordRules("asvs").check("Ab1!efgh", login="shenjia")


def test_same_password_again_is_refused() -> None:
    stored = passwords.hashed("Qiantang-2026")
    with pytest.raises(Invalid):
        passwords.PasswordRules().check("Qiantang-2026", login="x", old=[stored])


def test_hash_is_argon2id_with_the_agreed_cost() -> None:
    assert passwords.hashed("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_unknown_person_never_matches() -> None:
    assert not passwords.matches(None, "a password nobody has")
    assert not passwords.matches("not a hash", "x")


def test_link_dies_with_the_password_and_with_time() -> None:
    links = passwords.OneTimeLinks("k" * 32)
    stored = passwords.hashed("one")
    token = links.make("p1", stored)
    assert links.person_of(token) == "p1"
    assert links.is_unused(token, stored)
    assert not links.is_unused(token, passwords.hashed("two"))
    assert links.person_of(token + "x") is None
    assert links.person_of("") is None
    assert passwords.OneTimeLinks("other").person_of(token) is None


def test_a_code_works_once_and_tolerates_one_step() -> None:
    secret = passwords.new_totp_secret()
    with clock.travel(NOON):
        code = pyotp.TOTP(secret).at(NOON)
        step = passwords.totp_step(secret, code, None)
        assert step is not None
        assert passwords.totp_step(secret, code, step) is None
        assert passwords.totp_step(secret, "000000" if code != "000000" else "111111", step) is None
    with clock.travel(NOON + timedelta(seconds=30)):
        assert passwords.totp_step(secret, code, None) == step
    with clock.travel(NOON + timedelta(seconds=90)):
        assert passwords.totp_step(secret, code, None) is None
