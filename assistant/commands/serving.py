"""``footnote serve | mcp``: the web chat with all interfaces, and tools for an agent."""

from __future__ import annotations

import argparse

from footnoted.assistant.commands.common import AddCommand, asking_for, model_options, open_assistant_for, port


def add_commands(command: AddCommand) -> None:
    """Register the commands of this module."""
    serve = command("serve", _serve, "Open the web chat.", as_json=False)
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=port, default=7860, help="the port to listen on (default: 7860)")
    serve.add_argument(
        "--insecure", action="store_true", help="allow access without accounts on other addresses than 127.0.0.1"
    )
    model_options(serve)
    tools = command("mcp", _mcp, "Offer tools to an agent over standard input and output (MCP).", as_json=False)
    tools.add_argument("--direct", action="store_true", help="bypass the server that runs on the data folder")
    model_options(tools)


def _mcp(options: argparse.Namespace) -> int:
    from footnoted.assistant.server.interfaces import agents

    with asking_for(options) as assistant:
        agents.tools(agents.of_commands(assistant)).run("stdio")
    return 0


def _serve(options: argparse.Namespace) -> int:
    from footnoted.assistant.server import application

    with open_assistant_for(options) as assistant:
        application.launch(assistant, host=options.host, port=options.port, insecure=options.insecure)
    return 0
