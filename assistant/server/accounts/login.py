"""Logging in and out: a small page of our own that loads nothing, and sessions in a cookie that no script can read."""

from __future__ import annotations

import asyncio
import html
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from footnoted.assistant.server.accounts.accounts import DEVICE_DAYS, SESSION_DAYS
from footnoted.assistant.server.accounts.callers import DEVICE_COOKIE, SESSION_COOKIE, device_of, session_of
from footnoted.assistant.server.limits import Allowed, client_of
from footnoted.assistant.server.visit import visit_of
from footnoted.assistant.web import guard

if TYPE_CHECKING:
    from footnoted.assistant.server.state import State

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'none'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
ONE_PERSON = Allowed(5)  # one name from one address, or in one known browser
ONE_ADDRESS = Allowed(20)
# Of everybody who tries one name, from however many addresses: more would let them lock its owner out.
ONE_NAME = Allowed(50, longest=5.0)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Log in to Footnote</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 90vh; margin: 0 }}
main {{ width: min(22rem, 90vw) }}
label, input, button {{ display: block; width: 100%; box-sizing: border-box; font: inherit }}
input, button {{ padding: .6em; margin: .2em 0 1em; border: 1px solid GrayText; border-radius: .4em }}
button {{ cursor: pointer }}
[role=alert] {{ border-left: .3em solid #b3261e; padding-left: .7em }}
</style></head><body><main><h1>Footnote</h1>{problem}
<form method="post" action="{action}">
<label for="name">Name</label><input id="name" name="name" autocomplete="username" maxlength="64" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1000" required>
<input type="hidden" name="next" value="{next}">
<button>Log in</button></form></main></body></html>
"""


def router(state: State) -> APIRouter:
    """The login page, and the two routes that begin and end a session."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/login")
    def page(request: Request, next: str = "/") -> Response:
        return _page(request, inside(next))

    @routes.post("/login")
    async def login(request: Request) -> Response:
        given = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
        name, password, target = (given.get(key, [""])[0] for key in ("name", "password", "next"))
        name, device = name.strip().lower()[:64], device_of(dict(request.headers))
        known = state.accounts.knows_device(name, device)
        keys, own = _counted(name, visit_of(request).address, device if known else "")
        if wait := state.attempts.take(keys):
            problem = f"Too many attempts: wait {wait} seconds."
            return _page(request, inside(target), problem, 429, {"retry-after": str(wait)})
        user = await asyncio.to_thread(state.accounts.check_password, name, password)
        if user is None:
            return _page(request, inside(target), "The name or the password is wrong.", 401)
        state.attempts.succeeded(keys, own)
        reply = RedirectResponse(request.scope.get("root_path", "") + inside(target), 303)
        reply.headers.append("set-cookie", _cookie(request, state.accounts.begin_session(user), SESSION_DAYS))
        if not known:
            secret = state.accounts.remember_device(user)
            reply.headers.append("set-cookie", _cookie(request, secret, DEVICE_DAYS, DEVICE_COOKIE))
        return reply

    @routes.post("/logout")
    def logout(request: Request) -> Response:
        if session := session_of(dict(request.headers)):
            state.accounts.end_session(session)
        reply = RedirectResponse(request.scope.get("root_path", "") + "/login", 303)
        reply.headers["set-cookie"] = _cookie(request, "", 0)
        return reply

    return routes


def inside(target: str) -> str:
    """A path of this server and nothing else, whatever was asked for."""
    return target if re.fullmatch(r"/(?![/\\])[A-Za-z0-9/_.-]*", target) else "/"


def _counted(name: str, address: str, device: str) -> tuple[dict[str, Allowed], str]:
    """What a try counts for, and which of it is one person's own.

    A browser that the person has logged in with before counts by itself, so that nobody elsewhere can lock it out.
    """
    client = client_of(address)
    own = f"{name} in {device}" if device else f"{name} from {client}"
    if device:
        return {own: ONE_PERSON}, own
    return {own: ONE_PERSON, f"passwords from {client}": ONE_ADDRESS, f"passwords for {name}": ONE_NAME}, own


def _cookie(request: Request, secret: str, days: int, name: str = SESSION_COOKIE) -> str:
    return guard.cookie(name, secret, days * 86400, secure=visit_of(request).secure)


def _page(
    request: Request, target: str, problem: str = "", status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    shown = PAGE.format(
        problem=f'<p role="alert">{html.escape(problem)}</p>' if problem else "",
        action=html.escape(request.scope.get("root_path", "") + "/login"),
        next=html.escape(target),
    )
    # With "no-referrer" a browser would send the form with "Origin: null", as another site's frame does.
    fixed = {"content-security-policy": POLICY, "cache-control": "no-store", "referrer-policy": "same-origin"}
    return HTMLResponse(shown, status, fixed | (headers or {}))
