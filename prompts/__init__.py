"""Words for the model, one Markdown file each. Variables are written ``{name}`` and checked when a prompt is loaded."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files


class PromptError(Exception):
    """A prompt file is missing, or its variables are not the ones its caller fills."""


@lru_cache
def load(name: str, variables: frozenset[str]) -> str:
    """The text of ``prompts/<name>.md``, whose variables must be exactly ``variables``.

    Raises:
        PromptError: there is no such prompt, or its variables differ.
    """
    file = files(__package__).joinpath(f"{name}.md")
    if not file.is_file():
        raise PromptError(f"There is no prompt prompts/{name}.md.")
    text = file.read_text(encoding="utf-8")
    found = set(re.findall(r"\{(\w+)\}", text))
    if found != variables:
        raise PromptError(f"prompts/{name}.md has the variables {sorted(found)}, its caller fills {sorted(variables)}.")
    return text


def fill(name: str, **values: str) -> str:
    """The prompt with its variables filled in one pass: a value that itself contains ``{braces}`` stays as it is."""
    text = load(name, frozenset(values))
    return re.sub(r"\{(\w+)\}", lambda match: values[match.group(1)], text)
