"""The whole web application of one assistant, and the one process that serves it."""

from __future__ import annotations

import socket
import threading
from functools import partial

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from footnoted.assistant.errors import AssistantError
from footnoted.assistant.server import page, routes
from footnoted.assistant.server.front import Front
from footnoted.assistant.server.interfaces import asking
from footnoted.assistant.server.metrics import log_to_stderr
from footnoted.assistant.server.slow_clients import TimeLimits
from footnoted.assistant.server.state import State
from footnoted.assistant.server.tracing import Tracing
from footnoted.assistant.web import chat, guard
from footnoted.index.errors import IndexClosed, IndexingError

NOBODY_MAY = (
    "On {host} others could read your documents: create an account with 'footnote users add NAME --admin', "
    "set FOOTNOTE_PASSWORD, or add --insecure."
)


class TimedProtocol(TimeLimits, AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """uvicorn's HTTP, with our time limits."""


def create_app(assistant, *, local_only: bool = False, accounts_required: bool = False) -> FastAPI:
    """The whole web application for one assistant: Gradio's page at ``/``, what it asks for below ``/chat/``, and the
    interfaces of :mod:`footnoted.assistant.server`.

    ``local_only`` refuses requests that name another host than this machine, ``accounts_required`` those without an
    account.
    """
    state = State(assistant, local_only=local_only, accounts_required=accounts_required)
    service = state.service
    server = FastAPI(title="Footnote", docs_url=None, redoc_url=None, openapi_url=None, lifespan=routes.lifespan(state))
    server.state.service, server.state.footnote = service, state
    routes.attach(server, state)
    page.attach(server, service)
    chat.mount(server, service, partial(asking.growing, state))
    server.add_middleware(guard.Guard)
    server.add_middleware(Front, state=state)  # added last, so that it comes first
    return server


def launch(assistant, host: str = "127.0.0.1", port: int = 7860, *, insecure: bool = False) -> None:
    """Serve the chat until interrupted, in one process.

    Raises AssistantError when the address cannot be used, or would let everybody in without ``insecure``.
    """
    _require_free(host, port)
    local, url = guard.is_loopback(host), address_of(host, port)
    server = create_app(assistant, local_only=local, accounts_required=not local and not insecure)
    state = server.state.footnote
    try:
        if not local and not insecure and not state.callers.possible:
            raise AssistantError(NOBODY_MAY.format(host=host))
        if state.settings.log_format == "json":
            log_to_stderr()
        if tracing := Tracing.from_environment():
            state.trace(tracing)
        routes.announce(server, state, url)
        threading.Thread(target=_warm_up, args=(assistant, state), daemon=True).start()
        print(f"Footnote is open at {address_of(host, port, local=False)} (Ctrl-C stops it)", flush=True)
        uvicorn.run(
            server, host=host, port=port, log_level="warning", server_header=False, timeout_graceful_shutdown=3,
            proxy_headers=False, ws="none", limit_concurrency=1000, http=TimedProtocol,
        )  # fmt: skip
    finally:
        state.close()


def address_of(host: str, port: int, *, local: bool = True) -> str:
    """The address under which a server is reached, with ``local`` from its own machine."""
    if local and host in ("0.0.0.0", "::", ""):
        host = "127.0.0.1" if host != "::" else "::1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _warm_up(assistant, state: State) -> None:
    """Load the models while the page opens, so that the first question does not wait for them."""
    try:
        assistant.index.warm_up()
        state.warm.set()
    except IndexClosed:  # stopped before it was warm
        pass
    except IndexingError as error:
        print(f"footnote: {error}", flush=True)


def _require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise AssistantError(
                f"Port {port} on {host} cannot be used ({getattr(error, 'strerror', None) or error}): "
                "stop what is using it, or choose another with --port."
            ) from error
