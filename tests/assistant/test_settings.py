"""Settings: what is given wins over the environment, which wins over the default; mistakes are told in one sentence."""

import pytest

from footnoted.assistant.errors import SettingsError
from footnoted.assistant.settings import Settings, load_settings


def test_defaults_answer_without_a_model():
    assert load_settings() == Settings(home=load_settings().home)
    assert load_settings().model == "extractive"


def test_given_values_win_over_the_environment_and_the_environment_over_the_defaults(monkeypatch):
    monkeypatch.setenv("FOOTNOTE_MODEL", "openai:from-environment")
    monkeypatch.setenv("FOOTNOTE_PASSAGES", "7")
    settings = load_settings(model="openai:given", passages=None)
    assert (settings.model, settings.passages) == ("openai:given", 7)


def test_an_empty_variable_is_not_set(monkeypatch):
    monkeypatch.setenv("FOOTNOTE_PASSAGES", "")
    assert load_settings().passages == Settings().passages


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FOOTNOTE_PASSAGES", "many"),
        ("FOOTNOTE_PASSAGES", "0"),
        ("FOOTNOTE_PASSAGES", "-1"),
        ("FOOTNOTE_THRESHOLD", "high"),
        ("FOOTNOTE_THRESHOLD", "nan"),
        ("FOOTNOTE_MODEL_TIMEOUT", "soon"),
        ("FOOTNOTE_MODEL_TIMEOUT", "0"),
        ("FOOTNOTE_MODEL_TIMEOUT", "inf"),
    ],
)
def test_a_wrong_value_names_its_variable(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        load_settings()


def test_an_unknown_setting_is_refused():
    with pytest.raises(SettingsError, match="colour"):
        load_settings(colour="blue")


def test_the_key_is_never_shown():
    settings = Settings(api_key="sk-secret")
    assert "sk-secret" not in repr(settings) and "sk-secret" not in f"{settings}"
    assert "api_key" in repr(settings)
