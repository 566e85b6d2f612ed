"""The protocol of chat clients, with the real OpenAI client over a real connection."""

from __future__ import annotations

import pytest
from openai import APIStatusError, OpenAI
from scripted_models import ScriptedModel
from server_doubles import serving, team

from footnoted.assistant.answers import Answer
from footnoted.assistant.render_text import NOTES
from footnoted.assistant.server.interfaces.chat_completions import ChatMessage, rendered

QUESTION = "When did the council approve the tram line?"


def client_of(people, address, name="anna") -> OpenAI:
    return OpenAI(base_url=address + "v1", api_key=people.tokens.get(name, "none"), max_retries=0)


def test_a_client_gets_a_cited_answer(people, address):
    with client_of(people, address) as client:
        assert [model.id for model in client.models.list()] == ["footnote"]
        assert client.models.retrieve("footnote").id == "footnote"
        given = client.chat.completions.create(model="footnote", messages=[{"role": "user", "content": QUESTION}])
    message = given.choices[0].message
    said, _, notes = message.content.partition(NOTES)
    assert "14 March 2024. [1]" in said and notes.startswith("[1] tram.txt: “The council approved")
    mark = message.annotations[0].url_citation
    assert message.content[mark.start_index : mark.end_index] == "[1]" and mark.title == "tram.txt"
    note = message.footnote["citations"][0]
    assert people.state.index.text_of(note["source"])[note["start"] : note["end"]] == note["quote"]
    text = people.client("anna").get("/" + mark.url.removeprefix(address)).json()["text"]
    assert text[note["start"] : note["end"]] == note["quote"], "the address of a footnote leads to its words"


def test_a_stream_says_the_same(people, address):
    with client_of(people, address) as client:
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]
        whole = client.chat.completions.create(model="footnote", messages=messages).choices[0].message
        chunks = list(client.chat.completions.create(model="footnote", messages=messages, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.content
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert any(getattr(chunk.choices[0].delta, "annotations", None) for chunk in chunks)


def test_what_was_said_before_is_understood_and_footnotes_are_not_taken_for_it(people, address):
    with client_of(people, address) as client:
        messages = [
            {"role": "user", "content": QUESTION},
            {"role": "assistant", "content": f"On 14 March 2024. [1]{NOTES}[1] harbour.txt: “The harbour is old.”"},
            {"role": "user", "content": [{"type": "text", "text": "And what will it cost?"}]},
        ]
        given = client.chat.completions.create(model="footnote", messages=messages).choices[0].message
    assert "tram" in given.footnote["standalone_question"] and "412 million" in given.content
    assert ChatMessage(**messages[1]).text() == "On 14 March 2024. [1]"


def test_a_refusal_says_why(people, address):
    with client_of(people, address) as client:
        given = client.chat.completions.create(
            model="footnote", messages=[{"role": "user", "content": "Whose xylophone broke?"}]
        )
    assert given.choices[0].message.content.startswith("Not in your documents. ")


def test_errors_are_what_the_client_knows(people, address):
    with client_of(people, address, "nobody") as client, pytest.raises(APIStatusError) as refused:
        client.models.list()
    assert refused.value.status_code == 401
    with client_of(people, address) as client:
        for messages in ([], [{"role": "assistant", "content": "x"}], [{"role": "user", "content": "x" * 5000}]):
            with pytest.raises(APIStatusError) as refused:
                client.chat.completions.create(model="footnote", messages=messages)
            assert refused.value.status_code == 422 and "message" in refused.value.body


def test_nobody_elses_documents_answer(people, address):
    with client_of(people, address, "ben") as client:
        given = client.chat.completions.create(
            model="footnote", messages=[{"role": "user", "content": "Where is the zirconium key?"}]
        )
    assert "flowerpot" not in str(given)


def test_an_answer_that_changes_is_told_whole(tmp_path):
    """A model's sentences that do not hold are replaced by quotes: what was streamed before is not left standing."""
    words = "The council approved the tram line on 14 March 2024 [1]. The mayor danced [1]. She sang loudly [1]."
    with team(tmp_path, people=False) as made:
        made.state.assistant.model = ScriptedModel(says=words)
        with serving(made.application) as url, OpenAI(base_url=url + "v1", api_key="none", max_retries=0) as client:
            chunks = list(client.chat.completions.create(
                model="footnote", messages=[{"role": "user", "content": QUESTION}], stream=True
            ))  # fmt: skip
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    last = next(c.choices[0].delta.footnote for c in reversed(chunks) if hasattr(c.choices[0].delta, "footnote"))
    assert last["text"] in text and last["notice"] in text


def test_a_mark_is_called_wherever_it_stands():
    assert rendered(Answer("q", "q", "Nothing."), "http://x/") == ("Nothing.", [])
