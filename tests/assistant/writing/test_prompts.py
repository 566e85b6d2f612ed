"""The words for the model: variables are checked, and what is filled in cannot add variables of its own."""

import re
from importlib.resources import files

import pytest

from footnoted import prompts


def test_every_prompt_is_used_with_exactly_its_variables():
    variables = {"answer": {"passages", "question"}, "condense": {"history", "question"}}
    names = {
        file.name.removesuffix(".md") for file in files("footnoted.prompts").iterdir() if file.name.endswith(".md")
    }
    assert names >= set(variables)
    for name in names & set(variables):
        text = prompts.fill(name, **{variable: f"<{variable}>" for variable in variables[name]})
        assert all(f"<{variable}>" in text for variable in variables[name])
        assert not re.search(r"\{\w+\}", text)


def test_braces_in_a_value_stay_as_they_are():
    text = prompts.fill("answer", passages="{question} {x} {", question="{passages}")
    assert "{question} {x} {" in text and "Question: {passages}" in text


def test_a_missing_prompt_and_wrong_variables_are_told():
    with pytest.raises(prompts.PromptError, match="nosuch.md"):
        prompts.fill("nosuch")
    with pytest.raises(prompts.PromptError, match="passages"):
        prompts.fill("answer", question="q")


def test_the_prompt_asks_for_the_refusal_that_is_recognised():
    from footnoted.assistant.answers import REFUSAL
    from footnoted.assistant.writing.generative import is_refusal

    assert REFUSAL in prompts.fill("answer", passages="", question="")
    assert is_refusal(REFUSAL)
