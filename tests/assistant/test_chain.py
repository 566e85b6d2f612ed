"""The whole way of a question: snapshots that grow, a model that is checked, and quotes where it does not hold."""

import asyncio
import json
import random
from dataclasses import replace

import pytest
from doubles import open_double
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.runnables import RunnableLambda
from scripted_models import ScriptedModel, endless
from small_indexes import assert_holds, index_of

from footnoted.assistant import REFUSAL, AssistantError, open_assistant
from footnoted.assistant.english.followup import Standalone, Understood
from footnoted.assistant.errors import ModelError, QuestionError
from footnoted.assistant.settings import Settings

DOCUMENTS = {
    "mill.txt": "The mill of Kell was built by Anna Brandt. The mill burnt down in 1950. A museum stands there now.",
    "bridge.txt": "The bridge of Kell crosses the river Alb. [3] It was opened on 3 May 1912 [7]. It is red [1, 2].",
    "menu.txt": "Home\n\nAbout\n\nContact",
    "braces.txt": "The template of the letter says {question} and {passages}. Every letter of the town says {name}.",
}
MILL = "When did the mill burn down?"


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    vocabulary = [
        "river",
        "mill",
        "bridge",
        "town",
        "letter",
        "music",
        "[1]",
        "[9]",
        "1950",
        "1912",
        "Anna",
        "it",
        "was,",
        "and.",
        "of\n",
    ]
    words = random.Random(7).choices(vocabulary, k=1500)
    noise = {f"noise{n}.txt": " ".join(words[n * 50 : n * 50 + 50]).capitalize() + "." for n in range(30)}
    with index_of(tmp_path_factory.mktemp("chain"), DOCUMENTS | noise) as opened:
        yield opened


@pytest.fixture
def ask(index):
    """A function that makes an assistant over the small index, with a model that says what it is given."""

    def make(says=None, **options):
        changed = {name: options.pop(name) for name in ("threshold", "model_timeout") if name in options}
        model = None if says is None else ScriptedModel(says=says, **options)
        return open_assistant(index=index, model=model, settings=Settings(**changed))

    return make


def same(answer):
    """The answer without how long it took."""
    return replace(answer, timings={})


def quotes(answer):
    return [(citation.source, citation.start, citation.end) for citation in answer.citations]


# Snapshots ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "says", [None, "The mill burnt down in 1950. [1] A museum stands there now. It was built by Anna Brandt. [9]"]
)
def test_snapshots_grow_and_the_last_is_the_answer(ask, index, says):
    snapshots = list(ask(says).stream(MILL))
    assert [snapshot.done for snapshot in snapshots] == [False] * (len(snapshots) - 1) + [True]
    for snapshot in snapshots:
        assert_holds(snapshot, index.text_of)
        assert snapshot.passages == snapshots[0].passages
    lengths = [len(snapshot.sentences) for snapshot in snapshots]
    assert lengths == sorted(lengths) and lengths[-1] > 0
    assert same(ask(says).answer(MILL)) == same(snapshots[-1])
    assert snapshots[-1].timings["total"] > 0


def test_a_model_is_shown_from_its_first_sentence_on(ask):
    snapshots = list(ask("The mill burnt down in 1950. [1] A museum stands there now. [1]").stream(MILL))
    assert [len(snapshot.sentences) for snapshot in snapshots] == [0, 1, 2]


@pytest.mark.parametrize("after", [1, 2])
def test_who_stops_early_has_a_valid_answer_and_can_ask_again(ask, index, after):
    assistant = ask("The mill burnt down in 1950. [1] A museum stands there now. [1]", pause=0.01)
    stream = assistant.stream(MILL)
    for _ in range(after):
        snapshot = next(stream)
    stream.close()
    assert_holds(snapshot, index.text_of)
    assert not snapshot.done
    assert assistant.answer(MILL).done


def test_the_same_question_gives_the_same_bytes(ask):
    one, other = (json.dumps(same(ask().answer(MILL)).to_dict()) for _ in range(2))
    assert one == other


# Without a model ---------------------------------------------------------------------------------------------------


def test_without_a_model_the_best_sentence_is_quoted(ask, index):
    answer = ask().answer(MILL)
    assert_holds(answer, index.text_of)
    assert "1950" in answer.text and answer.model == "extractive" and not answer.notice
    assert answer.confidence in ("clear", "likely", "weak")


def test_marks_in_a_document_are_not_ours_but_stay_in_the_quote(ask, index):
    answer = ask().answer("When was the bridge opened?")
    assert_holds(answer, index.text_of)
    assert any("[7]" in citation.quote or "[3]" in citation.quote for citation in answer.citations)
    assert "[7]" not in answer.text and "1912 ⁽⁷⁾." in answer.text


def test_a_refusal_says_why_shows_the_nearest_and_asks_no_model(ask, index):
    assistant = ask("The prime minister is Anna Brandt. [1]", threshold=100.0)
    answer = assistant.answer("Who is the zyzzyva minister of Kell?")
    assert_holds(answer, index.text_of)
    assert (answer.text, answer.refused, answer.done) == (REFUSAL, True, True)
    assert answer.reason and answer.passages and "zyzzyva" in answer.missing_words
    assert answer.confidence == ""
    assert assistant.model.prompts == []


def test_without_documents_the_refusal_says_so(tmp_path):
    with open_assistant(index=open_double(tmp_path / "home")) as assistant:
        answer = assistant.answer(MILL)
    assert answer.refused and answer.text == REFUSAL and "no documents yet" in answer.reason


def test_small_talk_and_a_vague_question_search_nothing_and_ask_no_model(ask):
    assistant = ask("Never.")
    for question, kind in (("Hello!", "small_talk"), ("what can you do?", "small_talk"), ("what?", "clarification")):
        (answer,) = assistant.stream(question)
        assert (answer.kind, answer.refused, answer.passages, answer.citations) == (kind, False, (), ())
        assert answer.text and answer.done
    assert assistant.model.prompts == []


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\x00\x07", "\ud800"])
def test_an_empty_question_is_told(ask, question):
    with pytest.raises(QuestionError, match="empty"):
        ask().answer(question)


def test_a_question_too_long_is_told(ask):
    with pytest.raises(QuestionError, match="4001"):
        ask().answer("x" * 4001)


def test_control_characters_in_a_question_do_no_harm(ask):
    assert "1950" in ask().answer("When did the\x00 mill\x1b burn down\ud800?").text


def test_sources_restrict_the_answer(ask, index):
    bridge = index.source_of("bridge.txt")
    answer = ask().answer("What stands in Kell?", sources=[bridge])
    assert {passage.source for passage in answer.passages} == {bridge}
    assert {citation.source for citation in answer.citations} <= {bridge}


def test_search_for_overrides_the_standalone_question(ask):
    answer = ask().answer("And?", search_for="When did the mill burn down?")
    assert answer.standalone_question == "When did the mill burn down?" and answer.question == "And?"
    assert "1950" in answer.text


# Follow-ups --------------------------------------------------------------------------------------------------------

TALK = [{"role": "user", "content": "Where is the mill?"}, {"role": "assistant", "content": "In Kell. [1]"}]


def test_a_follow_up_is_searched_with_what_it_lacks(ask, index):
    answer = ask().answer("When did it burn down?", TALK)
    assert_holds(answer, index.text_of)
    assert "mill" in answer.standalone_question and "1950" in answer.text


def test_a_model_rewrites_a_follow_up_and_is_not_asked_about_a_complete_question(ask):
    def says(prompt):
        return "When did the mill of Kell burn down?" if "Conversation:" in prompt else "The mill burnt down in 1950."

    assistant = ask(says)
    assert assistant.answer("And when did it burn?", TALK).standalone_question == "When did the mill of Kell burn down?"
    assert len(assistant.model.prompts) == 2 and "In Kell. [1]" in assistant.model.prompts[0]
    complete = "Who opened the red bridge over the river Alb?"
    assert assistant.answer(complete, TALK).standalone_question == complete
    assert not [prompt for prompt in assistant.model.prompts[2:] if "Conversation:" in prompt]


def test_a_small_model_never_rewrites_a_question(ask, index):
    model = ScriptedModel(says=lambda prompt: "The mill burnt down in 1950.")
    assistant = open_assistant(index=index, model=model, settings=Settings(model="ollama:tiny-1b"))
    assistant.answer("And when did it burn?", TALK)
    assert model.prompts and not [prompt for prompt in model.prompts if "Conversation:" in prompt]


@pytest.mark.parametrize(
    ("alone", "completed", "searched"),
    [
        ("When did the mill burn down?", "When did it? (letter)", "When did the mill burn down?"),
        ("When did it open?", "When did it open? (bridge Kell)", "When did it open? (bridge Kell)"),
    ],
)
def test_in_doubt_the_reading_that_the_documents_support_answers(ask, monkeypatch, alone, completed, searched):
    meant = Understood(Standalone.of(alone), Standalone.of(completed), 0.5)
    monkeypatch.setattr("footnoted.assistant.asking.request.understood", lambda question, history: meant)
    answer = ask().answer(alone, TALK)
    assert not answer.refused
    assert answer.standalone_question == searched
    assert answer.other_question == ({alone, completed} - {searched}).pop()
    back = ask().answer(alone, TALK, search_for=answer.other_question)
    assert (back.standalone_question, back.other_question) == (answer.other_question, answer.standalone_question)


def test_a_question_that_needs_no_talk_has_no_other_reading(ask):
    assert ask().answer("When did the mill burn down?").other_question == ""


def test_a_question_that_says_nothing_by_itself_is_read_with_the_talk(ask):
    answer = ask().answer("Why?", TALK)
    assert answer.kind != "clarification" and "mill" in answer.standalone_question


@pytest.mark.parametrize("rewritten", ["", "x" * 9000, "\n\n"])
def test_a_follow_up_that_the_model_cannot_rewrite_is_completed_without_it(ask, rewritten):
    assistant = ask(lambda prompt: rewritten if "Conversation:" in prompt else "The mill burnt down in 1950.")
    answer = assistant.answer("When did it burn down?", TALK)
    assert "mill" in answer.standalone_question and "1950" in answer.text


def test_a_history_without_content_does_no_harm(ask):
    answer = ask().answer("When did it burn down?", [{"role": "user", "content": None}, {"role": "user"}, *TALK])
    assert "mill" in answer.standalone_question


# Models that fail --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "options"),
    [
        ("", {}),
        ("   ", {}),
        ("[1]", {}),
        ("The mill burnt down in 1950. [1] And", {"fails_after": 0}),
        ("The mill burnt down in 1950. [1] And so on.", {"fails_after": 5}),
        (endless("The mill burnt down in 1950. "), {}),
        ("Bananas hold potassium. [1] Napoleon lost at Waterloo. [2]", {}),
        ("{question} {passages} {{}}", {}),
        ("<html><body>502 Bad Gateway</body></html>", {}),
        ("The mill burnt down in 1950. [1]", {"pause": 0.2, "model_timeout": 0.3}),
        ("The mill burnt down in 1950. [1]", {"pause": 60, "model_timeout": 0.3}),
    ],
    ids=["empty", "blank", "a mark alone", "fails", "fails in the middle", "loops", "makes up", "braces", "garbage",
         "slow", "hangs"],
)  # fmt: skip
def test_where_a_model_fails_the_quotes_are_given_with_a_notice(ask, index, says, options):
    snapshots = list(ask(says, **options).stream(MILL))
    for snapshot in snapshots:
        assert_holds(snapshot, index.text_of)
    answer = snapshots[-1]
    assert answer.done and answer.notice and "\n" not in answer.notice
    assert quotes(answer) == quotes(ask().answer(MILL)) != []
    assert all(citation.support == 1.0 for citation in answer.citations)


def test_a_model_that_finds_nothing_refuses(ask, index):
    answer = ask("Not in your documents.").answer(MILL)
    assert_holds(answer, index.text_of)
    assert answer.refused and answer.text == REFUSAL and answer.reason and answer.passages


@pytest.mark.parametrize("mark", ["[0]", "[7]", "[1, 2]", "[99999999999]", "", "【1】", "[^1]", "[-1]", "[1"])
def test_wrong_marks_never_reach_a_reader(ask, index, mark):
    for snapshot in ask(f"The mill burnt down in 1950. {mark} A museum stands there now. {mark}").stream(MILL):
        assert_holds(snapshot, index.text_of)
    assert snapshot.sentences[0].supported and "not supported" not in snapshot.notice


@given(
    question=st.sampled_from(
        [MILL, "What does the letter say?", "Who built the mill?", "Why is the river red?", "town?"]
    ),
    says=st.lists(
        st.one_of(
            st.sampled_from(
                [
                    *" ".join(DOCUMENTS.values()).split(". "),
                    "[0]",
                    "[7].",
                    "[1, 2]",
                    "[1]. ",
                    "{x}",
                    "\n\n",
                    "Made up here.",
                ]
            ),
            st.text(max_size=20),
        ),
        max_size=7,
    ).map(" ".join),
    piece=st.integers(1, 40),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_model_says_every_sentence_shown_has_a_span_or_is_marked(ask, index, question, says, piece):
    for snapshot in ask(says, piece=piece).stream(question):
        assert_holds(snapshot, index.text_of)
    assert snapshot.done


# Opening, and other ways to ask ------------------------------------------------------------------------------------


def test_a_model_can_be_named_beside_other_settings(index):
    assistant = open_assistant(index=index, model="openai:local", settings=Settings(base_url="http://127.0.0.1:9/v1"))
    assert assistant.model_name == "openai:local" and assistant.model.openai_api_base == "http://127.0.0.1:9/v1"
    with pytest.raises(ModelError):
        open_assistant(index=index, model="nonsense")


def test_the_model_is_named_in_the_answer(ask):
    assert ask("The mill burnt down in 1950.").answer(MILL).model == "ScriptedModel"


def test_an_event_loop_gets_the_same_snapshots(ask):
    assistant = ask("The mill burnt down in 1950. [1] A museum stands there now. [1]")

    async def gather():
        snapshots = [snapshot async for snapshot in assistant.astream(MILL)]
        return snapshots, await assistant.aanswer(MILL)

    snapshots, answer = asyncio.run(gather())
    assert [same(snapshot) for snapshot in snapshots] == [same(snapshot) for snapshot in assistant.stream(MILL)]
    assert same(answer) == same(snapshots[-1])


def test_an_event_loop_can_stop_early(ask):
    assistant = ask("The mill burnt down in 1950. [1] A museum stands there now.", pause=0.05)

    async def first():
        async with asyncio.timeout(10):
            stream = assistant.astream(MILL)
            snapshot = await anext(stream)
            await stream.aclose()
            return snapshot

    assert not asyncio.run(first()).done
    with pytest.raises(QuestionError):
        asyncio.run(assistant.aanswer(" "))


def test_an_assistant_is_a_runnable(ask):
    runnable = ask().as_runnable()
    assert "1950" in runnable.invoke(MILL).text
    assert "1950" in runnable.invoke({"question": "When did it burn down?", "history": TALK}).text
    assert "1950" in asyncio.run(runnable.ainvoke(MILL)).text
    assert [answer.refused for answer in runnable.batch([MILL, "Who built the mill?"])] == [False, False]
    chained = runnable | RunnableLambda(lambda answer: answer.citations[0].document_id)
    assert chained.invoke(MILL) == "mill.txt"


@pytest.mark.parametrize("given", [{"history": []}, {"question": "q", "colour": "red"}, {"question": None}, 7])
def test_a_runnable_tells_what_it_cannot_take(ask, given):
    with pytest.raises(AssistantError, match="question"):
        ask().as_runnable().invoke(given)


def test_an_answer_says_when_only_words_were_searched(tmp_path, monkeypatch) -> None:
    from footnoted.index.index import WORDS_ONLY

    with index_of(tmp_path, {"mill.txt": "The mill of Kell was built by Anna Brandt."}) as index:
        assistant = open_assistant(index=index)
        assert assistant.answer("Who built the mill of Kell?").notice == ""
        monkeypatch.setattr(type(index), "restoring", True)
        assert assistant.answer("Who built the mill of Kell?").notice == WORDS_ONLY
        assert assistant.answer("What colour is the moon of Saturn?").notice == WORDS_ONLY
