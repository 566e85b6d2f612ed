"""The judge model and the token count, on a scripted chat model: verdicts, agreement, cache, bad replies."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation_doubles import WrittenIndex, questions_of, run
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from scripted_models import ScriptedModel

from footnoted.assistant.evaluation.errors import EvaluationError
from footnoted.assistant.evaluation.running.judge import Judge, judge_records
from footnoted.assistant.evaluation.running.usage import Price, TokenMeter, read_price, usage_metrics

TEXTS = {"rome": "Rome fell in 476. Its last emperor was Romulus.", "cat": "A cat sleeps fifteen hours a day."}
QUESTIONS = questions_of(
    {"id": "rome", "question": "When did Rome fall?", "answers": ["476"], "relevant": ["rome"]},
    {"id": "cat", "question": "How long does a cat sleep?", "answers": ["fifteen hours"], "relevant": ["cat"]},
    {"id": "none", "question": "Who rules Mars?", "answerable": False},
)
SAID = {
    "When did Rome fall?": [("rome", "Rome fell in 476."), ("rome", "Its last emperor was Romulus.")],
    "How long does a cat sleep?": [("rome", "Rome fell in 476.")],
}


@pytest.fixture
def records(tmp_path: Path):
    return run(tmp_path / "run", QUESTIONS, WrittenIndex(TEXTS, {}), SAID).records


def judging(prompt: str) -> str:
    """Finds everything faithful but what tells of Romulus, and every answer correct."""
    if "You grade" in prompt:
        return "Yes."
    return "no" if "Romulus" in prompt.split("Sentence:")[1] else "YES"


def test_shares_and_agreement_by_hand(records, tmp_path: Path) -> None:
    section = judge_records(records, Judge(ScriptedModel(says=judging), "m", tmp_path / "cache"))
    values = {name: entry["value"] for name, entry in section.items()}
    assert values["faithfulness"] == values["agreement_supported"] == pytest.approx(2 / 3)
    assert values["correctness"] == 1
    assert values["agreement_right"] == 1 / 2, "the wrong answer about the cat was called correct"
    assert values["unclear"] == 0


def test_replies_are_cached_by_model_and_prompt(records, tmp_path: Path) -> None:
    first = ScriptedModel(says=judging, prompts=[])
    before = judge_records(records, Judge(first, "m", tmp_path / "cache"))
    assert len(first.prompts) == 4, "the same sentence with the same quotes is asked about once"
    with open(tmp_path / "cache", "a") as stream:
        stream.write('{"key": "to')
    silent = ScriptedModel(says="no", prompts=[])
    assert judge_records(records, Judge(silent, "m", tmp_path / "cache")) == before
    assert silent.prompts == []
    assert judge_records(records, Judge(silent, "other", tmp_path / "cache"))["correctness"]["value"] == 0


@pytest.mark.parametrize("reply", ["maybe", " ", "nothing", "yesterday"])
def test_what_is_neither_yes_nor_no_counts_as_unclear_and_not_as_no(records, tmp_path: Path, reply: str) -> None:
    section = judge_records(records, Judge(ScriptedModel(says=reply), "m", tmp_path / "cache"))
    assert section["faithfulness"]["value"] is None and section["faithfulness"]["reason"]
    assert section["unclear"]["value"] > 0
    assert not (tmp_path / "cache").exists(), "a failure is not remembered"


def spent(name: str, usage: dict | None) -> dict:
    """The part of a record that the usage is read from."""
    return {"id": name, "fields": {}, "usage": usage}


class Counting(ScriptedModel):
    """Reports tokens with its last piece, as providers do."""

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        usage = {"input_tokens": 30, "output_tokens": 4, "total_tokens": 34}
        message = AIMessageChunk("text", usage_metadata=usage, response_metadata={"model_name": "counting"})
        yield ChatGenerationChunk(message=message)


def test_tokens_are_read_from_the_model_and_missing_where_it_reports_none() -> None:
    class Assistant:
        model = Counting()

    meter = TokenMeter(Assistant())
    list(Assistant.model.stream("question"))
    list(Assistant.model.stream("again"))
    used = meter.take()
    assert used == {"input_tokens": 60, "output_tokens": 8}
    assert meter.take() is None
    section = usage_metrics([spent("a", used), spent("b", None)])
    assert section["input_tokens"]["value"] == 60 and section["input_tokens"]["n"] == 1
    assert section["cost"]["value"] is None and "--prices" in section["cost"]["reason"]
    assert usage_metrics([spent("a", None)])["output_tokens"]["value"] is None
    assert TokenMeter(None).take() is None


def test_a_server_of_ones_own_is_asked_for_its_tokens_too() -> None:
    """langchain-openai asks OpenAI itself for them and no other address."""
    from langchain.chat_models import init_chat_model

    class Assistant:
        model = init_chat_model("openai:any", base_url="http://localhost:1/v1", api_key="none")

    TokenMeter(Assistant())
    assert Assistant.model.stream_usage is True


def test_cost_comes_from_the_prices_that_are_given(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text('{"openai:small": {"input": 0.5, "output": 2, "currency": "USD"}, "openai:bad": {"input": -1}}')
    price = read_price(path, "openai:small")
    assert price == Price(0.5, 2.0, "USD")
    used = [spent(str(tokens), {"input_tokens": tokens, "output_tokens": 100}) for tokens in (1000, 3000)]
    cost = usage_metrics(used, price)["cost"]
    assert cost["value"] == pytest.approx((2000 * 0.5 + 100 * 2) / 1_000_000)
    assert (cost["currency"], cost["n"]) == ("USD", 2)
    assert usage_metrics([spent("a", None)], price)["cost"]["reason"] == "no model reported tokens"
    for model, message in (("openai:other", "no price for the model openai:other"), ("openai:bad", '"input" and')):
        with pytest.raises(EvaluationError, match=message):
            read_price(path, model)
    path.write_text("{")
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_price(path, "openai:small")
