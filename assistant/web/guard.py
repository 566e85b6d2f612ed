"""What every response carries: a Content-Security-Policy, an owner's cookie, and our frame around Gradio's page."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from importlib import resources

COOKIE = "footnote_user"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
# A name or an address, or one of IPv6 in brackets or, as a person types it after --host, without; then a port.
_HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:]*))(?::\d{1,5})?")
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


def policy(nonce: str) -> str:
    """Nothing from another host, no inline script without the nonce, no form, no frame, no plug-in.

    Gradio's parts make their templates with ``new Function`` and style themselves inline: hence 'unsafe-eval' and
    inline styles. Markup in a document could use neither to run: inline scripts and event handlers need the nonce.
    """
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "object-src 'none'; frame-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'none'"
    )


def user_key(token: str) -> str:
    """What is stored in place of a browser's secret: with the data folder alone nobody can pose as a user."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def token_of(headers: Mapping[str, str]) -> str:
    """The browser's secret from its cookies, or an empty string."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel and _TOKEN.fullmatch(morsel.value) else ""


def cookie(name: str, value: str, seconds: int, *, secure: bool) -> str:
    """A Set-Cookie header for a secret: no script reads it, no other site's form sends it, over https only there."""
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")


def asset(name: str) -> str:
    """A file of the page: ``chat.css``, ``chat.js`` or ``frame.html``."""
    return (resources.files("footnoted.assistant.web") / name).read_text(encoding="utf-8")


def framed(page: str, nonce: str, version: str) -> str:
    """Gradio's page with the nonce on its scripts, our style, script and frame; its remote images are dropped."""
    page = re.sub(r"<meta\s[^>]*(?:og:|twitter:)[^>]*>", "", page)
    page = page.replace('<link rel="manifest" href="/manifest.json" />', "")
    page = re.sub(r"<script(?=[\s>])", f'<script nonce="{nonce}"', page)
    ours = (
        f'<meta name="color-scheme" content="light dark"><link rel="stylesheet" href="./chat/chat.css?{version}">'
        f'<script nonce="{nonce}" src="./chat/chat.js?{version}" defer></script></head>'
    )
    page = page.replace("</head>", ours, 1)
    page = re.sub(r"<body[^>]*>", lambda found: found.group(0) + asset("frame.html"), page, count=1)
    return page


def host_name(host: str) -> str:
    """The name or address in a Host header, without its port."""
    found = _HOST.fullmatch(host)
    return ((found["address"] or found["name"]) if found else host).casefold().rstrip(".")


def is_loopback(host: str) -> bool:
    """Whether a name or address, as in a Host header with or without a port, means this very machine."""
    name = host_name(host)
    if name in ("localhost", "ip6-localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware: security headers on everything, cookie and frame on the page itself."""

    def __init__(self, app) -> None:
        self.app = app
        self.version = hashlib.sha256((asset("chat.css") + asset("chat.js")).encode()).hexdigest()[:12]

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        is_page = scope["path"] in ("/", "") and scope["method"] == "GET"
        token = token_of(headers)
        fresh = "" if token or not is_page else secrets.token_urlsafe(24)
        if is_page:  # the page is read here: it must come uncompressed
            scope = scope | {"headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        start: dict = {}
        body: list[bytes] = []

        async def guarded(message) -> None:
            if message["type"] == "http.response.start":
                # Gradio would let pages of other ports of this machine read what the browser's cookies open.
                sent = [pair for pair in message["headers"] if not pair[0].lower().startswith(b"access-control-")]
                held = {key.decode("latin-1").lower() for key, _ in sent}
                ours = HEADERS | {"content-security-policy": policy(nonce)}
                added = [(key, value) for key, value in ours.items() if key not in held]
                if fresh and message["status"] == 200:
                    added.append(("set-cookie", cookie(COOKIE, fresh, 31536000, secure=scope["scheme"] == "https")))
                message["headers"] = [*sent, *((key.encode(), value.encode()) for key, value in added)]
                if is_page:
                    start.update(message)
                    return
            elif is_page and message["type"] == "http.response.body":
                body.append(message.get("body", b""))
                if message.get("more_body"):
                    return
                await self._send_page(send, start, b"".join(body), nonce)
                return
            await send(message)

        await self.app(scope, receive, guarded)

    async def _send_page(self, send, start: dict, content: bytes, nonce: str) -> None:
        if start.get("status") == 200:
            content = framed(content.decode("utf-8"), nonce, self.version).encode("utf-8")
        changed = (b"content-length", b"cache-control")
        start["headers"] = [
            *((key, value) for key, value in start["headers"] if key.lower() not in changed),
            (b"content-length", str(len(content)).encode()), (b"cache-control", b"no-store"),
        ]  # fmt: skip
        await send(start)
        await send({"type": "http.response.body", "body": content})
