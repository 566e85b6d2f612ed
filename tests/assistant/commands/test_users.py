"""``footnote users``, backup and what a server refuses at its start: what each says, and one sentence for a mistake."""

from __future__ import annotations

import io
import json

import pytest

from footnoted.assistant.cli import main
from footnoted.assistant.server.accounts.accounts import DATABASE, Accounts


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    def command(*arguments, typed: str = "") -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main([*map(str, arguments), "--home", str(tmp_path / "home")])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return command


def test_accounts_are_made_listed_and_removed(run, tmp_path):
    assert run("users", "add", "anna", "--admin", typed="correct horse\n")[:2] == (0, "anna can log in now.\n")
    (tmp_path / "password").write_text("another horse\n")
    assert run("users", "add", "ben", "--password-file", tmp_path / "password")[0] == 0
    assert run("users", "add", "robot", "--no-password")[0] == 0
    token = run("users", "token", "robot", "--label", "nightly", "--json")[1]
    listed = json.loads(run("users", "list", "--json")[1])
    assert [(user["name"], user["admin"]) for user in listed] == [("anna", True), ("ben", False), ("robot", False)]
    accounts = Accounts(tmp_path / "home" / DATABASE)
    try:
        assert accounts.check_password("ben", "another horse")
        assert accounts.of_token(json.loads(token)["token"]).name == "robot"
        assert run("users", "token", "robot", "--remove", listed[2]["tokens"][0]["id"])[0] == 0
        assert accounts.of_token(json.loads(token)["token"]) is None
        assert run("users", "password", "ben", typed="a third horse\n")[0] == 0
        assert accounts.check_password("ben", "a third horse")
        assert run("users", "share", "plans", "--owner", "anna", "--with", "ben")[0] == 0
        ids = {user.name: user.id for user in accounts.users()}
        assert accounts.rules()["plans"] == (ids["anna"], False, frozenset({ids["ben"]}))
        assert run("users", "share", "plans", "--public")[0] == 0
        assert accounts.rules()["plans"] == (ids["anna"], True, frozenset())
    finally:
        accounts.close()
    assert run("users", "remove", "ben")[0] == 0
    assert "ben" not in run("users", "list")[1] and "anna (administrator)" in run("users", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [
        (["add", "anna"], ""), (["add", "anna"], "short\n"), (["add", "a b"], "correct horse\n"),
        (["add", "anna", "--password-file", "/nowhere"], ""), (["remove", "nobody"], ""), (["token", "nobody"], ""),
        (["password", "nobody"], "correct horse\n"), (["share", "plans", "--with", "nobody"], ""), (["share", " "], ""),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(run, arguments, typed):
    code, out, err = run("users", *arguments, typed=typed)
    assert code == 1 and not out
    assert err.startswith("footnote: ") and len(err.splitlines()) == 1


def test_nobody_is_let_in_from_elsewhere_without_an_account(run, monkeypatch):
    code, _, err = run("serve", "--host", "0.0.0.0", "--port", "7979")
    assert code == 1 and "footnote users add" in err and "--insecure" in err and len(err.splitlines()) == 1
    served = []
    monkeypatch.setattr("uvicorn.run", lambda application, **options: served.append((application, options)))
    assert run("serve", "--host", "0.0.0.0", "--port", "7979", "--insecure")[0] == 0
    assert run("users", "add", "anna", typed="correct horse\n")[0] == 0
    assert run("serve", "--host", "0.0.0.0", "--port", "7979")[0] == 0
    assert [options["host"] for _, options in served] == ["0.0.0.0", "0.0.0.0"]
    assert served[1][0].state.footnote.callers.required and not served[1][1]["proxy_headers"]


def test_the_last_account_taken_away_opens_nothing(run, monkeypatch, tmp_path):
    """A server that began with accounts asks for one even when there is none left."""
    served = []
    monkeypatch.setattr("uvicorn.run", lambda application, **options: served.append(application))
    run("users", "add", "anna", typed="correct horse\n")
    assert run("serve", "--host", "0.0.0.0", "--port", "7979")[0] == 0
    callers = served[0].state.footnote.callers
    callers.accounts = Accounts(tmp_path / "home" / DATABASE)
    assert run("users", "remove", "anna")[0] == 0
    assert not callers.accounts.any() and callers.required and callers.find({}, "127.0.0.1") is None
    callers.accounts.close()


def test_backup_restore_and_export_from_the_command_line(run, tmp_path):
    (tmp_path / "mill.txt").write_text("The mill burnt down in 1950.\n")
    assert run("backup", tmp_path / "all.tar")[0] == 1
    assert run("add", tmp_path / "mill.txt")[0] == 0
    code, out, _ = run("backup", tmp_path / "all.tar.gz")
    assert code == 0 and "1 documents, 1 passages" in out
    code, _, err = run("restore", tmp_path / "all.tar.gz")
    assert code == 1 and "--replace" in err
    assert run("restore", tmp_path / "all.tar.gz", "--replace")[0] == 0
    assert "mill.txt" in run("list")[1]
    assert json.loads(run("export", tmp_path / "out", "--json")[1])["documents"] == 1
