"""Accounts: what is stored is hashed, what opens is what was given, and what was taken back opens nothing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from footnoted.assistant.errors import AccountError
from footnoted.assistant.server.accounts.accounts import OPERATOR, Accounts


@pytest.fixture
def accounts(tmp_path: Path):
    held = Accounts(tmp_path / "accounts.sqlite3")
    yield held
    held.close()


def test_a_password_opens_its_account_and_no_other(accounts):
    assert not accounts.any()
    anna = accounts.add_user("Anna", "correct horse", admin=True)
    accounts.add_user("ben", "another horse")
    assert accounts.any() and (anna.name, anna.admin) == ("anna", True)
    assert accounts.check_password("ANNA", "correct horse") == anna
    for name, password in (("anna", "another horse"), ("ben", "correct horse"), ("anna", ""), ("nobody", "x" * 20)):
        assert accounts.check_password(name, password) is None
    accounts.set_password("anna", "a third horse")
    assert accounts.check_password("anna", "correct horse") is None
    assert accounts.check_password("anna", "a third horse") == anna


def test_nothing_that_opens_is_stored(accounts, tmp_path):
    accounts.add_user("anna", "correct horse")
    session = accounts.begin_session(accounts.user("anna"))
    token = accounts.add_token("anna", "laptop")
    accounts.close()
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert not any(secret.encode() in content for secret in ("correct horse", session, token, token[20:]))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_a_session_and_a_token_end_when_they_are_taken_back(accounts):
    anna = accounts.add_user("anna", "correct horse")
    session, token = accounts.begin_session(anna), accounts.add_token("anna", "laptop")
    assert accounts.of_session(session) == anna == accounts.of_token(token)
    assert accounts.of_session("x") is None
    assert accounts.of_token(token[:-1] + ("a" if token[-1] != "a" else "b")) is None, (
        "the right number, another secret"
    )
    accounts.end_session(session)
    assert accounts.of_session(session) is None
    held = accounts.tokens("anna")[0]
    assert held.label == "laptop" and not hasattr(held, "hash")
    accounts.remove_token("anna", held.id)
    assert accounts.of_token(token) is None, "although it was verified before"


def test_another_password_logs_everybody_out(accounts):
    session = accounts.begin_session(accounts.add_user("anna", "correct horse"))
    accounts.set_password("anna", "a third horse")
    assert accounts.of_session(session) is None


def test_a_removed_account_opens_nothing_and_its_name_does_not_inherit(accounts):
    anna = accounts.add_user("anna", "correct horse")
    session, token = accounts.begin_session(anna), accounts.add_token("anna")
    accounts.remove_user("anna")
    assert accounts.of_session(session) is None and accounts.of_token(token) is None
    assert accounts.check_password("anna", "correct horse") is None
    with pytest.raises(AccountError, match="another person's name"):
        accounts.add_user("anna", "correct horse")


@pytest.mark.parametrize("name", ["", " ", "-x", "a b", "x/y", "é", "a" * 65, "a\n", "<b>"])
def test_a_name_is_plain(accounts, name):
    if name == "a\n":
        assert accounts.add_user(name, "correct horse").name == "a", "spaces around it are not part of it"
        return
    with pytest.raises(AccountError, match="not a name"):
        accounts.add_user(name, "correct horse")


def test_a_password_has_a_length(accounts):
    for password in ("short", "x" * 1001):
        with pytest.raises(AccountError, match="8 to 1000"):
            accounts.add_user("anna", password)
    with pytest.raises(AccountError, match="already"):
        accounts.add_user("ben", "correct horse") and accounts.add_user("BEN", "correct horse")


def test_the_operators_password_comes_from_the_settings(tmp_path):
    first = Accounts(tmp_path / "a.sqlite3", password="first password")
    session = first.begin_session(first.check_password(OPERATOR, "first password"))
    first.close()
    again = Accounts(tmp_path / "a.sqlite3", password="first password")
    assert again.of_session(session).admin, "the same password logs nobody out"
    again.close()
    other = Accounts(tmp_path / "a.sqlite3", password="other password")
    assert other.of_session(session) is None and other.check_password(OPERATOR, "first password") is None
    assert other.check_password(OPERATOR, "other password").admin
    other.close()


def test_a_proxys_name_gets_an_account_without_a_password(accounts):
    made = accounts.from_proxy("Anna@Example.org")
    assert made == accounts.from_proxy("Anna@Example.org") and made.name == "anna@example.org" and not made.admin
    assert accounts.check_password("anna@example.org", "x" * 10) is None
    with pytest.raises(AccountError):
        accounts.from_proxy("anna\r\nx-evil: 1")


def test_two_processes_see_one_another(accounts, tmp_path):
    other = Accounts(tmp_path / "accounts.sqlite3")
    accounts.add_user("anna", "correct horse")
    assert other.any() and other.user("anna").name == "anna"
    other.close()


def test_a_name_of_single_sign_on_is_one_persons(accounts):
    anna = accounts.from_proxy("Anna")
    assert accounts.from_proxy("Anna") == anna
    for other in ("anna", "ANNA"):
        with pytest.raises(AccountError, match="spells otherwise"):
            accounts.from_proxy(other)
    kelvin, long_s = "\u212aarl", "\u017fven"  # which casefold makes "karl" and "sven" of
    for odd in (kelvin, long_s, "stra\u00dfe", "Anna\u0301"):
        with pytest.raises(AccountError, match="is not a name"):
            accounts.from_proxy(odd)
    accounts.add_user("ben", "correct horse")
    assert accounts.from_proxy("Ben").name == "ben", "the first spelling of an account that was there"
    with pytest.raises(AccountError):
        accounts.from_proxy("ben")
