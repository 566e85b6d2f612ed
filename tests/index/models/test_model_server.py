"""Real requests to a server on loopback: whatever it does, there is an answer that holds, and a word on it."""

import pytest
from model_server import serving
from small_indexes import assert_holds, index_of

from footnoted.assistant import open_assistant
from footnoted.assistant.settings import Settings

DOCUMENTS = {
    "mill.txt": "The mill of Kell was built by Anna Brandt. The mill burnt down in 1950. A museum stands there now.",
    "trees.txt": "Oaks grow slowly. Beeches like chalk.",
}
QUESTION = "When did the mill burn down?"


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    with index_of(tmp_path_factory.mktemp("model-server"), DOCUMENTS) as opened:
        yield opened


def ask(index, behaviour: str, seconds: float = 20.0):
    with serving(behaviour) as address:
        settings = Settings(model="openai:local", base_url=address, model_timeout=seconds)
        snapshots = list(open_assistant(index=index, settings=settings).stream(QUESTION))
    for snapshot in snapshots:
        assert_holds(snapshot, index.text_of)
    assert snapshots[-1].done and "1950" in snapshots[-1].text
    return snapshots[-1]


@pytest.mark.parametrize("behaviour", ["good", "marking_wrongly"])
def test_what_a_model_says_rightly_is_shown_with_its_footnote(index, behaviour):
    answer = ask(index, behaviour)
    assert not answer.notice and answer.sentences[0].text == "The mill burnt down in 1950."
    assert answer.citations[0].quote == "The mill burnt down in 1950." and answer.model == "openai:local"


@pytest.mark.parametrize(
    ("behaviour", "seconds", "said"),
    [
        ("slow", 1.0, "did not finish within 1 seconds"),
        ("hanging", 1.0, "did not"),
        ("failing", 20.0, "did not answer"),
        ("unknown", 20.0, "did not answer"),
        ("breaking_off", 20.0, "repeated the question"),
        ("empty", 20.0, "empty answer"),
        ("silent", 20.0, "did not answer"),
        ("endless", 20.0, "did not stop"),
        ("garbled", 20.0, "did not answer"),
        ("inventing", 20.0, "not supported by your documents"),
        ("repeating", 20.0, "repeated the question"),
    ],
)
def test_what_goes_wrong_is_told_and_the_quotes_are_given(index, behaviour, seconds, said):
    answer = ask(index, behaviour, seconds)
    assert said in answer.notice and "\n" not in answer.notice and len(answer.notice) < 400
    assert all(citation.support == 1.0 for citation in answer.citations) and answer.citations


def test_a_server_that_is_not_there_is_told(index):
    with serving("good") as gone:
        pass
    settings = Settings(model="openai:local", base_url=gone, model_timeout=5.0)
    answer = open_assistant(index=index, settings=settings).answer(QUESTION)
    assert "did not answer" in answer.notice and "1950" in answer.text
