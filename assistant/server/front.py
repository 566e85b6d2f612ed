"""The first middleware: every request passes here, and what is not allowed is refused before any route."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from footnoted.assistant.errors import Busy, TooMuch
from footnoted.assistant.server import limits
from footnoted.assistant.server.accounts.accounts import number_of
from footnoted.assistant.server.accounts.callers import Caller, new_request_id
from footnoted.assistant.server.interfaces import replies
from footnoted.assistant.server.metrics import LOG
from footnoted.assistant.server.visit import Visit
from footnoted.assistant.web import guard

if TYPE_CHECKING:
    from footnoted.assistant.server.state import State

OPEN = {"/login", "/health", "/ready"}  # without an account
OWN_TOKEN = {"/control/hello", "/control/call"}  # checked by these routes
UPLOADS = {"/chat/upload", "/api/documents"}
SAFE = {"GET", "HEAD", "OPTIONS"}
COUNTED = ("/api/", "/v1/", "/mcp", "/chat/", "/login", "/gradio_api/queue/join", "/gradio_api/run", "/gradio_api/call")
PROGRAMS = ("/api/", "/v1/", "/mcp", "/metrics", "/control/", "/chat/", "/gradio_api/")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class Refused(Exception):
    """A request ends here with this status and sentence."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Front:
    """ASGI middleware around everything, Gradio's routes included. What is refused here reaches no route."""

    def __init__(self, app, state: State) -> None:
        self.app, self.state = app, state
        self._verifying: dict[str, asyncio.Task[bool]] = {}  # by token

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # nothing here uses websockets
            await send({"type": "websocket.close", "code": 1008})
            return
        begun, sent = time.perf_counter(), dict[str, int](status=0)
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        given = headers.get("x-request-id", "")
        number = given if _REQUEST_ID.fullmatch(given) else new_request_id()

        broken: list[Exception] = []  # what the body was refused for: a framework would make another error of it

        async def marked(message) -> None:
            if broken and not sent["status"]:
                await self._refuse(scope, headers, marked, broken.pop())
                sent["over"] = 1
                return
            if sent.get("over"):
                return
            if message["type"] == "http.response.start":
                sent["status"] = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", number.encode())]
            await send(message)

        visit = Visit(Caller(""), number, _peer(scope), scope.get("scheme") == "https")
        try:
            scope = self._behind_a_proxy(scope, headers, visit)
            await self._admit(scope, headers, visit)
            scope["footnote"] = visit
            limited = self._limited(scope, receive, broken)
            visit.gone = partial(_disconnected, limited)
            await self.app(scope, limited, marked)
        except (Refused, TooMuch, Busy) as error:
            if sent["status"]:
                raise
            await self._refuse(scope, headers, marked, error)
        finally:
            self._note(scope, headers, visit, sent["status"], time.perf_counter() - begun)

    # Who may pass ------------------------------------------------------------------------------------------------

    def _behind_a_proxy(self, scope, headers: dict[str, str], visit: Visit):
        """The scope with the client's own address and scheme where a trusted proxy sends them."""
        if not self.state.callers.is_trusted(visit.address):
            return scope
        scheme = "https" if headers.get("x-forwarded-proto", "").strip().lower() == "https" else scope["scheme"]
        for given in reversed(headers.get("x-forwarded-for", "").split(",")):
            try:
                visit.address = str(ipaddress.ip_address(given.strip()))
            except ValueError:
                break
            if not self.state.callers.is_trusted(visit.address):
                break
        visit.secure = scheme == "https"
        return scope | {"scheme": scheme}

    async def _admit(self, scope, headers: dict[str, str], visit: Visit) -> None:
        state, path, method = self.state, scope["path"], scope["method"]
        if not state.host_is_ours(headers.get("host", "")):
            raise Refused(421, _WRONG_HOST if state.local_only else "This server does not serve that host name.")
        if method not in SAFE:
            self._require_same_site(headers)
            self._require_length(path, headers)
        if path in OWN_TOKEN:
            return
        peer = _peer(scope)
        token = state.callers.unverified_token(headers, peer)
        caller = None if token and not await self._verify(token, visit.address) else state.callers.find(headers, peer)
        if caller is not None:
            visit.caller = caller
        if (state.callers.required or not state.local_only) and path.startswith(COUNTED):
            key = caller.key if caller and caller.user else limits.client_of(visit.address)
            if wait := state.rate.take(key):
                raise Refused(429, "Too many requests: wait a moment.", retry_after=str(wait))
        if caller is None and path not in OPEN:
            if method == "GET" and path in ("/", "/api/docs") and "text/html" in headers.get("accept", ""):
                raise Refused(303, "Log in first.", location=f"{scope.get('root_path', '')}/login?next={quote(path)}")
            raise Refused(401, "Log in, or send a token as 'Authorization: Bearer …'.", www_authenticate="Bearer")

    async def _verify(self, token: str, address: str) -> bool:
        """Hash a token that is seen for the first time; guessing tokens is slowed down like guessing passwords.

        A program's first requests, which may come all at once, wait for one hash.
        """
        if token not in self._verifying:
            client = limits.client_of(address)
            own = f"token {number_of(token)} from {client}"
            keys = {own: limits.Allowed(5), f"tokens from {client}": limits.Allowed(20, longest=30.0)}
            if wait := self.state.attempts.take(keys):
                raise Refused(429, "Too many wrong tokens: wait a moment.", retry_after=str(wait))
            self._verifying[token] = asyncio.create_task(self._hashed(token, keys, own))
        return await asyncio.shield(self._verifying[token])

    async def _hashed(self, token: str, keys: Mapping[str, limits.Allowed], own: str) -> bool:
        try:
            if await asyncio.to_thread(self.state.accounts.of_token, token) is None:
                return False
            self.state.attempts.succeeded(keys, own)
            return True
        finally:
            del self._verifying[token]

    def _require_same_site(self, headers: dict[str, str]) -> None:
        """Browsers say where a request comes from; another site may not make one, whatever cookies it carries."""
        site = headers.get("sec-fetch-site")  # which no page can set; it is not sent to an http address elsewhere
        if site not in (None, "same-origin", "none"):
            raise Refused(403, "Other sites may not do this.")
        if site is None and "origin" in headers:
            host = urlsplit(headers["origin"]).netloc.casefold()
            ours = {headers.get("host", "").casefold(), *self.state.hosts}
            if not host or not ({host, guard.host_name(host)} & ours):
                raise Refused(403, "Other sites may not do this.")

    def _require_length(self, path: str, headers: dict[str, str]) -> None:
        most, uploads = self._most(path), path in UPLOADS
        if "transfer-encoding" in headers and not uploads and path not in OWN_TOKEN:
            raise Refused(411, "The request needs a Content-Length header.")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > most:
            hint = ": add these files in smaller parts" if uploads else ""
            raise Refused(413, f"The request is larger than the {most / 1e6:.0f} MB allowed here{hint}.")

    def _most(self, path: str) -> int:
        if path in UPLOADS:
            return self.state.upload_bytes
        return limits.SMALL_BODY * (10 if path in OWN_TOKEN else 1)

    def _limited(self, scope, receive, broken: list[Exception]):
        if scope["method"] in SAFE:
            return receive
        counted = limits.limited(receive, self._most(scope["path"]))

        async def noted():
            try:
                return await counted()
            except (TooMuch, Busy) as error:
                broken.append(error)
                raise

        return noted

    # Refusing and noting -----------------------------------------------------------------------------------------

    async def _refuse(self, scope, headers: dict[str, str], send, error: Exception) -> None:
        if isinstance(error, Refused):
            status, message, more = error.status, error.message, error.headers
        else:
            status, _, message, more = replies.of_error(error)
        as_json = scope["path"].startswith(PROGRAMS) and status != 303 and not scope["path"].startswith("/chat/")
        code = replies.CODES.get(status, "refused")
        content = replies.encoded(code, message) if as_json else message.encode()
        fixed = {
            **guard.HEADERS, "content-security-policy": _POLICY, "cache-control": "no-store",
            "content-type": "application/json" if as_json else "text/plain; charset=utf-8", "connection": "close",
        }  # fmt: skip
        await replies.send_plain(send, status, content, fixed | more)

    def _note(self, scope, headers: dict[str, str], visit: Visit, status: int, seconds: float) -> None:
        self.state.metrics.replied(scope["method"], scope["path"], status, seconds)
        if self.state.tracing is not None:
            self.state.tracing.note(scope, headers, visit, status, seconds)
        if self.state.settings.log_format == "json":
            fields = {
                "request_id": visit.request_id, "method": scope["method"], "path": scope["path"][:200],
                "status": status, "ms": round(seconds * 1000, 1), "address": visit.address,
                "user": visit.caller.name, **visit.log,
            }  # fmt: skip
            LOG.info("request", extra={"fields": fields})


_WRONG_HOST = "This chat is only for this computer: open it as http://127.0.0.1 or http://localhost with its port."


async def _disconnected(receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _peer(scope) -> str:
    return (scope.get("client") or ("", 0))[0]
