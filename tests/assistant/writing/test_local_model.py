"""A model in a file: what is wrong with it is one sentence; small models are shown few and short texts."""

import builtins

import pytest
from scripted_models import ScriptedModel
from small_indexes import assert_holds, index_of

from footnoted.assistant import open_assistant
from footnoted.assistant.answers import Sentence
from footnoted.assistant.chain import Assistant
from footnoted.assistant.errors import ModelError
from footnoted.assistant.settings import Settings
from footnoted.assistant.writing.generative import no_answer
from footnoted.assistant.writing.models import is_small, open_model

LONG = "The town of Kell has many sights. " + "The river is wide and slow at this place in summer. " * 30


@pytest.mark.parametrize(
    ("name", "small"),
    [
        ("gguf:/models/any.gguf", True),
        ("ollama:llama3.2:1b", True),
        ("ollama:qwen2.5:0.5b", True),
        ("openai:smollm2-135m", True),
        ("ollama:llama3.1:8b", False),
        ("openai:gpt-5-mini", False),
        ("ollama:mixtral-8x7b", False),
        ("extractive", False),
    ],
)
def test_a_small_model_is_told_by_its_name(name, small):
    assert is_small(name) is small


def test_a_file_that_is_not_there_or_no_model_is_one_sentence(tmp_path):
    with pytest.raises(ModelError, match="There is no model file"):
        open_model(Settings(model=f"gguf:{tmp_path}/none.gguf"))
    (tmp_path / "text.gguf").write_text("no model")
    with pytest.raises(ModelError, match="is not a GGUF file"):
        open_model(Settings(model=f"gguf:{tmp_path}/text.gguf"))


def test_without_the_package_it_is_named(tmp_path, monkeypatch):
    imported = builtins.__import__

    def without(name, *arguments, **named):
        if name == "xllamacpp":
            raise ImportError(name)
        return imported(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    (tmp_path / "model.gguf").write_bytes(b"GGUF" + bytes(20))
    with pytest.raises(ModelError, match=r"pip install 'footnoted\[local\]'"):
        open_model(Settings(model=f"gguf:{tmp_path}/model.gguf"))


def test_a_small_model_sees_a_few_sentences_and_a_large_one_the_passages(tmp_path):
    documents = {"mill.txt": f"{LONG}The mill of Kell burnt down in 1950. {LONG}"}
    with index_of(tmp_path, documents) as index:
        seen = {}
        for name in ("gguf:small.gguf", "openai:large"):
            model = ScriptedModel(says="The mill of Kell burnt down in 1950. [1]", prompts=[])
            answer = Assistant(index, model, Settings(model=name)).answer("When did the mill of Kell burn down?")
            assert_holds(answer, index.text_of)
            assert answer.sentences[0].supported and not answer.notice
            seen[name] = model.prompts[0]
            assert answer.model == name.removeprefix("gguf:")
    assert "1950" in seen["gguf:small.gguf"]
    assert len(seen["gguf:small.gguf"]) < 800 < len(seen["openai:large"])


QUOTES = [Sentence("The default model is bge-small since 2024.", (1,))]


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("Which model is used by default?", "The default model is the one used by default.", "repeated"),
        ("Which model is used by default?", "The default model is bge-small.", ""),
        ("Is the mill open?", "Yes, the mill is open.", ""),
        ("When was the model made the default?", "The model was made the default for its size.", "the date"),
        ("When was the model made the default?", "It was made the default in 2024.", ""),
    ],
)
def test_an_answer_that_repeats_the_question_or_lacks_the_kind_is_none(question, answer, said):
    why = no_answer(question, [Sentence(answer, (1,))], QUOTES)
    assert (said in why) if said else not why


def test_a_model_that_repeats_the_question_is_replaced(tmp_path):
    with index_of(tmp_path, {"mill.txt": "The mill of Kell burnt down in 1950."}) as index:
        model = ScriptedModel(says="The mill of Kell burnt down.")
        answer = open_assistant(index=index, model=model, settings=Settings()).answer(
            "When did the mill of Kell burn down?"
        )
    assert "repeated the question" in answer.notice and "1950" in answer.text


HELD = "The mill of Kell, built by Anna Brandt, burnt down in 1950. The engine of the mill used 4 kg (8.8 lb) of steam."


@pytest.mark.parametrize(
    ("question", "says", "shown"),
    [
        ("When did the mill of Kell burn down?", "The mill burnt down in 1950.", "The mill burnt down in 1950."),
        ("When did the mill of Kell burn down?", "The answer to the question is: 1950", "1950"),
        ("When did the mill of Kell burn down?", "1. The mill burnt down in 1950.", "The mill burnt down in 1950."),
        # A word that is not in the quote, another sentence, no value, a bare number, nothing at all: quotes.
        ("When did the mill of Kell burn down?", "The mill was lost to arson in 1950.", ""),
        ("When did the mill of Kell burn down?", "The engine of the mill used 4 kg of steam.", ""),
        ("When did the mill of Kell burn down?", "The mill of Kell was built by Anna Brandt.", ""),
        ("How many pounds of steam did the engine of the mill use?", "4", ""),
        ("When did the mill of Kell burn down?", "The answer to this question is not in the text.", ""),
        ("When did the mill of Kell burn down?", "The answer is:", ""),
    ],
)
def test_a_small_model_may_only_shorten_the_best_sentence(tmp_path, question, says, shown):
    with index_of(tmp_path, {"mill.txt": HELD}, real=True) as index:
        model = ScriptedModel(says=says)
        answer = Assistant(index, model, Settings(model="gguf:small.gguf")).answer(question)
        assert_holds(answer, index.text_of)
    assert bool(answer.notice) == (not shown)
    assert not shown or answer.text == f"{shown} [1]"
    assert answer.sentences and all(sentence.supported for sentence in answer.sentences)
