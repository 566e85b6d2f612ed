"""Tools for agents, with the real MCP client over HTTP and over standard input and output."""

from __future__ import annotations

import asyncio
import os
import sys

import httpx2
import pytest
from mcp import StdioServerParameters, stdio_client
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from places import REPOSITORY

QUESTION = "When did the council approve the tram line?"


def called(people, address: str, name: str, *calls: tuple[str, dict]) -> list:
    """What each call of a tool gives to this person, in one connection."""

    async def run() -> list:
        headers = {"authorization": f"Bearer {people.tokens[name]}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=30) as http,
            Client(streamable_http_client(address + "mcp", http_client=http)) as client,
        ):
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == {"answer", "search", "documents"}
            assert all(tool.annotations.read_only_hint for tool in tools.values())
            return [await client.call_tool(tool, given) for tool, given in calls]

    return asyncio.run(run())


def test_an_agent_gets_cited_answers_passages_and_documents(people, address):
    answer, passages, listed = called(
        people, address, "anna", ("answer", {"question": QUESTION}), ("search", {"question": "gadolinium", "k": 1}),
        ("documents", {"containing": "DIARY"}),
    )  # fmt: skip
    assert "14 March 2024. [1]" in answer.content[0].text and "[1] tram.txt: “" in answer.content[0].text
    note = answer.structured_content["citations"][0]
    assert people.state.index.text_of(note["source"])[note["start"] : note["end"]] == note["quote"]
    assert "gadolinium plan" in passages.content[0].text and len(passages.structured_content["passages"]) == 1
    assert [one["document_id"] for one in listed.structured_content["documents"]] == ["diary.txt"]


def test_an_agent_sees_what_its_person_sees(people, address):
    replies = called(
        people, address, "ben", ("answer", {"question": "Where is the zirconium key?"}),
        ("search", {"question": "zirconium key", "k": 50}), ("documents", {}),
        ("search", {"question": "zirconium", "collections": ["~anna", "team"]}),
    )  # fmt: skip
    for reply in replies:
        assert "flowerpot" not in str(reply) and "diary" not in str(reply)


def test_a_mistake_is_one_sentence(people, address):
    empty, unknown = called(
        people, address, "anna", ("answer", {"question": "   "}), ("search", {"question": "x" * 5000})
    )
    assert empty.is_error and "The question is empty" in empty.content[0].text
    assert unknown.is_error and "Traceback" not in unknown.content[0].text


def test_nobody_gets_nothing(address):
    import urllib.error
    import urllib.request

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(address + "mcp", b"{}", {"content-type": "application/json"}))
    assert refused.value.code == 401
    refused.value.close()


def test_over_standard_input_and_output(tmp_path):
    (tmp_path / "mill.txt").write_text("The mill of Kell was built by Anna Brandt. The mill burnt down in 1950.\n")
    environment = os.environ | {"FOOTNOTE_HOME": str(tmp_path / "home")}

    async def run():
        adding = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "footnoted.assistant", "add", str(tmp_path / "mill.txt"),
            env=environment, cwd=REPOSITORY, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert await adding.wait() == 0
        command = StdioServerParameters(
            command=sys.executable, args=["-m", "footnoted.assistant", "mcp"], env=environment, cwd=str(REPOSITORY)
        )
        async with Client(stdio_client(command)) as client:
            return await client.call_tool("answer", {"question": "When did the mill burn down?"})

    assert "1950. [1]" in asyncio.run(run()).content[0].text
