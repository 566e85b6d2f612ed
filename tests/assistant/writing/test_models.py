"""Chat models by name: none by default, "provider:model" otherwise, and one sentence where it cannot be had."""

import pytest

from footnoted.assistant.errors import ModelError
from footnoted.assistant.settings import Settings
from footnoted.assistant.writing.models import open_model


def test_extractive_is_no_model():
    assert open_model(Settings()) is None


def test_an_openai_compatible_server_needs_no_key():
    model = open_model(Settings(model="openai:local", base_url="http://127.0.0.1:9/v1", model_timeout=3.0))
    assert model.openai_api_base == "http://127.0.0.1:9/v1"
    assert (model.model_name, model.request_timeout, model.temperature) == ("local", 3.0, 0.0)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gpt-5-mini", "provider:model"),
        ("nosuchprovider:model", "nosuchprovider"),
        ("ollama:llama3.2", "langchain-ollama"),
        ("openai:", "openai:"),
        (":local", ":local"),
    ],
)
def test_a_model_that_cannot_be_had_is_one_sentence(name, says):
    with pytest.raises(ModelError, match=says) as raised:
        open_model(Settings(model=name))
    assert "\n" not in str(raised.value)


def test_a_missing_key_is_one_sentence_and_a_given_one_is_not_in_it(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError, match="openai:gpt-5-mini") as raised:
        open_model(Settings(model="openai:gpt-5-mini"))
    assert "\n" not in str(raised.value)
    model = open_model(Settings(model="openai:gpt-5-mini", api_key="sk-secret"))
    assert "sk-secret" not in repr(model)
