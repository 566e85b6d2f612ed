"""What other people's code may rely on: the names, how they are called, that they are explained, and the examples."""

from __future__ import annotations

import doctest
import inspect
import typing

import pytest
from doubles import HashEmbeddings, OverlapReranker, open_double
from scripted_models import ScriptedModel

from footnoted import assistant, index
from footnoted.assistant import evaluation
from footnoted.assistant.chain import open_assistant
from footnoted.index.types import Filter

NAMES = {
    index: {
        "CollectionInfo", "DocumentInfo", "Filter", "Heading", "Index", "IndexingError", "LoadedDocument", "Passage",
        "Progress", "Report", "Section", "Why", "open_index",
    },
    assistant: {"REFUSAL", "Answer", "Assistant", "AssistantError", "Citation", "Sentence", "open_assistant"},
    evaluation: {"Evaluation", "EvaluationError", "MetricRecord", "MetricValue", "evaluate"},
}  # fmt: skip
# Parameters may be added at the end with a default; none of these may go or change its place.
CALLED = {
    "open_index": ["home", "embeddings", "reranker", "loaders"],
    "open_assistant": ["home", "model", "index", "settings"],
    "evaluate": [
        "questions", "system", "corpus", "limit", "retrieval_only", "model", "judge", "metrics", "baseline", "gates",
        "output", "ranking", "allow_missing", "drafts", "prices", "columns", "home", "progress",
        "judge_base_url", "depth", "slices",
    ],
    "Evaluation.metric": ["name"],
    "Evaluation.to_dataframe": [],
    "Evaluation.summary": [],
    "Index.add": ["paths", "collection", "metadata", "progress", "password"],
    "Index.retrieve": ["question", "k", "sources", "filter", "rerank"],
    "Index.remove": ["source"],
    "Index.documents": [],
    "Index.collections": [],
    "Index.text_of": ["source"],
    "Index.as_retriever": ["k"],
    "Assistant.answer": ["question", "history", "search_for", "sources", "filter"],
    "Assistant.stream": ["question", "history", "search_for", "sources", "filter"],
    "Assistant.aanswer": ["question", "history", "search_for", "sources", "filter"],
    "Assistant.astream": ["question", "history", "search_for", "sources", "filter"],
    "Assistant.as_runnable": [],
    "Assistant.as_tool": ["filter"],
}  # fmt: skip


@pytest.mark.parametrize("package", NAMES, ids=lambda package: package.__name__)
def test_the_public_names_are_these(package):
    assert set(package.__all__) == NAMES[package]
    for name in package.__all__:
        value = getattr(package, name)
        assert isinstance(value, str) or inspect.getdoc(value), f"{name} is not explained"


@pytest.mark.parametrize("name", CALLED)
def test_they_are_called_as_before_and_typed(name):
    first, _, method = name.partition(".")
    owner = next(package for package in NAMES if first in package.__all__)
    function = getattr(owner, first) if not method else getattr(getattr(owner, first), method)
    given = [one for one in inspect.signature(function).parameters.values() if one.name != "self"]
    assert [one.name for one in given if one.kind is not one.VAR_KEYWORD][: len(CALLED[name])] == CALLED[name]
    assert all(one.annotation is not one.empty for one in given if one.kind is not one.VAR_KEYWORD), "not typed"
    assert inspect.getdoc(function), "not explained"


@pytest.mark.parametrize("package", NAMES, ids=lambda package: package.__name__)
def test_the_examples_run(package, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "example.txt").write_text("The mill of Kell was built by Anna Brandt. The mill burnt down in 1950.\n")
    names = {name: getattr(package, name) for name in package.__all__}
    result = doctest.testmod(package, extraglobs=names)
    assert result.attempted and not result.failed


def test_ones_own_embeddings_reranker_and_model_are_taken(tmp_path):
    class Mine(HashEmbeddings):
        pass

    model = ScriptedModel(says="The mill burnt down in 1950 [1].")
    (tmp_path / "mill.txt").write_text("The mill burnt down in 1950.")
    with index.open_index(tmp_path / "home", embeddings=Mine(), reranker=OverlapReranker()) as held:
        held.add(tmp_path / "mill.txt")
        assert held.embeddings.embedded
        answer = open_assistant(index=held, model=model).answer("When did the mill burn down?")
        assert model.prompts and answer.model == "ScriptedModel" and answer.citations


def test_an_agents_tool_answers_within_its_documents(tmp_path):
    with open_double(tmp_path / "home") as held:
        for collection, text in (("open", "The mill burnt down in 1950."), ("closed", "The zeppelin burnt in 1937.")):
            (tmp_path / f"{collection}.txt").write_text(text)
            held.add(tmp_path / f"{collection}.txt", collection=collection)
        tool = open_assistant(index=held).as_tool(filter=Filter(collections=("open",)))
        assert tool.name == "documents" and set(tool.args) == {"question"}
        call = {
            "name": "documents",
            "args": {"question": "When did the mill burn down?"},
            "id": "1",
            "type": "tool_call",
        }
        message = tool.invoke(call)
        assert "1950. [1]" in message.content and "[1] open.txt: “" in message.content
        assert message.artifact.citations[0].quote == "The mill burnt down in 1950."
        elsewhere = tool.invoke(call | {"args": {"question": "When did the zeppelin burn?"}})
        assert "1937" not in elsewhere.content


def test_types_can_be_read_by_programs():
    for package in NAMES:
        for name in package.__all__:
            value = getattr(package, name)
            if inspect.isclass(value) and hasattr(value, "__dataclass_fields__"):
                assert typing.get_type_hints(value)
