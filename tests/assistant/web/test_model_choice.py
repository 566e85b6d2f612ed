"""Which models a reader may choose, and that one which cannot be reached is told before a question is asked."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest

from footnoted.assistant.quoting.lengths import Sized
from footnoted.assistant.settings import Settings
from footnoted.assistant.web.model_choice import Models, unreachable


class Configured(SimpleNamespace):
    """What is looked at of an assistant."""

    def __init__(self, index, model, settings) -> None:
        super().__init__(index=index, model=model, settings=settings)
        self.model_name = settings.model


def test_without_a_model_the_documents_speak() -> None:
    models = Models(Configured(None, None, Settings()))
    assert [item["name"] for item in models.listed()] == ["extractive"]
    assert models.assistant_for("extractive", "") is models.configured
    assert models.assistant_for("nonsense", "nonsense") is models.configured


def test_a_model_can_be_left_out_and_its_key_is_never_told() -> None:
    configured = Configured(None, object(), Settings(model="openai:some", api_key="sk-secret"))
    models = Models(configured)
    assert [item["name"] for item in models.listed()] == ["openai:some", "extractive"]
    assert "secret" not in str(models.listed())
    quoting = models.assistant_for("extractive", "")
    assert quoting.model is None and quoting is models.assistant_for("extractive", "")
    assert models.assistant_for("openai:some", "") is configured
    short = models.assistant_for("", "short")
    assert isinstance(short, Sized) and short.assistant is configured


@pytest.mark.parametrize("listening", [True, False])
def test_a_server_that_does_not_listen_is_told(listening: bool) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if listening:
            server.listen()
        port = server.getsockname()[1]
        problem = unreachable(Settings(model="openai:local", base_url=f"http://127.0.0.1:{port}/v1"))
    assert bool(problem) is not listening
    if problem:
        assert f"127.0.0.1:{port}" in problem and "quotes from your documents" in problem


@pytest.mark.parametrize(
    "settings", [None, Settings(), Settings(model="openai:gpt"), Settings(model="openai:x", base_url="::")]
)
def test_a_provider_elsewhere_is_not_asked(settings) -> None:
    assert unreachable(settings) == ""
