"""``footnote users``: who may log in to a server on this data folder, with what, and which collections they share."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from footnoted.assistant.commands.common import AddCommand, print_json, print_result
from footnoted.assistant.errors import AccountError


def add_commands(command: AddCommand) -> None:
    """Register the commands of this module."""
    users = command("users", _help, "Create, list and remove the accounts of a server, their tokens and collections.")
    users.set_defaults(parser=users)
    parts = users.add_subparsers(title="what to do", metavar="WHAT")

    def part(name: str, run: Callable, explanation: str, *arguments: str) -> argparse.ArgumentParser:
        added = parts.add_parser(name, help=explanation, description=explanation)
        for argument in arguments:
            added.add_argument(argument, metavar=argument.upper())
        for option, how in (("--home", "store"), ("--json", "store_true")):  # after the subcommand, too
            added.add_argument(option, action=how, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        added.set_defaults(run=run)
        return added

    add = part("add", _add, "Create an account and ask for its password.", "name")
    add.add_argument("--admin", action="store_true", help="may read and change everything")
    add.add_argument("--no-password", action="store_true", help="only usable with a token or through a proxy")
    part("list", _list, "Show the accounts and their tokens.")
    part("remove", _remove, "Remove an account with its tokens and sessions; its documents stay.", "name")
    password = part("password", _password, "Give an account a new password.", "name")
    for each in (add, password):
        each.add_argument("--password-file", metavar="FILE", help="read the password from here instead of asking")
    token = part("token", _token, "Create a token for programs; it is shown only once.", "name")
    token.add_argument("--label", default="", help="what it is for")
    token.add_argument("--remove", metavar="ID", help="revoke this token instead")
    share = part("share", _share, "Set who may read a collection besides its owner.", "collection")
    share.add_argument("--with", dest="others", action="append", default=[], metavar="NAME", help="(can be repeated)")
    share.add_argument("--public", action="store_true", help="everybody with an account")
    share.add_argument("--owner", metavar="NAME", help="the owner, who may change and share it")


def _help(options: argparse.Namespace) -> int:
    options.parser.print_help()
    return 2


def _accounts(options: argparse.Namespace):
    from footnoted.assistant.server.accounts.accounts import DATABASE, Accounts
    from footnoted.assistant.settings import load_settings
    from footnoted.index.store.home import Home

    return Accounts(Home(load_settings(home=options.home).home or None).folder / DATABASE)


def _password_for(options: argparse.Namespace) -> str:
    if options.password_file:
        try:
            return Path(options.password_file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise AccountError(f"The password cannot be read from {options.password_file} ({error}).") from None
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    given = getpass.getpass(f"Password for {options.name}: ")
    if getpass.getpass("Repeat the password: ") != given:
        raise AccountError("The two passwords differ: nothing was changed.")
    return given


def _add(options: argparse.Namespace) -> int:
    accounts = _accounts(options)
    password = "" if options.no_password else _password_for(options)
    if not password and not options.no_password:
        raise AccountError("No password was given: type one, or use --password-file or --no-password.")
    user = accounts.add_user(options.name, password, admin=options.admin)
    return print_result(options, {"name": user.name, "admin": user.admin}, f"{user.name} can log in now.")


def _list(options: argparse.Namespace) -> int:
    accounts = _accounts(options)
    listed = [
        {
            "name": user.name, "admin": user.admin, "created_at": user.created_at,
            "tokens": [
                {"id": token.id, "label": token.label, "created_at": token.created_at}
                for token in accounts.tokens(user.name)
            ],
        }
        for user in accounts.users()
    ]  # fmt: skip
    if options.json:
        print_json(listed)
        return 0
    for user in listed:
        print(user["name"], "(administrator)" if user["admin"] else "")
        for token in user["tokens"]:
            print(f"    token {token['id']}  {token['created_at'][:10]}  {token['label']}")
    if not listed:
        print("No accounts yet: 'footnote users add NAME' creates one, and from then on a server requires a login.")
    return 0


def _remove(options: argparse.Namespace) -> int:
    _accounts(options).remove_user(options.name)
    return print_result(options, {"removed": options.name}, f"{options.name} can no longer log in.")


def _password(options: argparse.Namespace) -> int:
    _accounts(options).set_password(options.name, _password_for(options))
    return print_result(options, {"name": options.name}, f"{options.name} has a new password; all sessions were ended.")


def _token(options: argparse.Namespace) -> int:
    accounts = _accounts(options)
    if options.remove:
        accounts.remove_token(options.name, options.remove)
        return print_result(options, {"removed": options.remove}, "The token is revoked.")
    token = accounts.add_token(options.name, options.label)
    return print_result(options, {"token": token}, token)


def _share(options: argparse.Namespace) -> int:
    from footnoted.index.search.filters import collection_name

    accounts = _accounts(options)
    name = collection_name(options.collection)
    before, _, _ = accounts.rules().get(name, (None, False, frozenset()))
    owner = accounts.user(options.owner) if options.owner else None
    kept = next((user for user in accounts.users() if user.id == before), None)
    others = [accounts.user(other) for other in options.others]
    accounts.set_rule(name, owner=owner or kept, public=options.public, shared=others)
    readers = "everybody with an account" if options.public else _listed([user.name for user in others])
    return print_result(options, {"collection": name, "public": options.public, "shared_with": options.others},
                 f"{name} can be read by {readers}, its owner and administrators.")  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "nobody else"
