"""The refusal threshold from one's own questions: the right trade-off, kept with the index, used by everyone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_indexes import index_of

from footnoted.assistant import calibration, open_assistant
from footnoted.assistant.calibration import CalibrationError, Scored, calibrate, enough, point_at
from footnoted.assistant.cli import main
from footnoted.assistant.evaluation.question_sets.questions import Question
from footnoted.assistant.evaluation.running.subject import Subject, subject_settings
from footnoted.assistant.quoting.threshold import THRESHOLD, forget, store, stored
from footnoted.assistant.settings import Settings

SCORES = st.lists(st.builds(Scored, st.booleans(), st.integers(-9, 9).map(float), st.booleans()), min_size=1)
TOWNS = ["Kell", "Alb", "Burg", "Ost"]
DOCUMENTS = {
    f"{town}.txt": f"The mill of {town} burnt down in {1900 + number}. A museum stands there now."
    for number, town in enumerate(TOWNS)
}


@given(SCORES, st.floats(0, 1))
def test_no_threshold_within_the_bound_refuses_more(scored, most):
    found = calibrate(scored, -3.0, most)
    assert found.chosen == point_at(scored, found.chosen.threshold)
    within = [point for point in found.points if point.refused_answerable <= most]
    if within:
        assert found.chosen.refused_answerable <= most + 1e-9
        assert found.chosen.refused_unanswerable == max(point.refused_unanswerable for point in within)


def test_the_threshold_lies_in_the_middle_of_those_that_do_the_same():
    scored = [Scored(True, 5.0, False)] * 10 + [Scored(False, -1.0, False)] * 10
    found = calibrate(scored, -3.0)
    assert found.chosen.threshold == 2.0
    assert (found.chosen.refused_answerable, found.chosen.refused_unanswerable) == (0.0, 1.0)
    assert (found.before.threshold, found.before.refused_unanswerable) == (-3.0, 0.0)


def test_what_rules_refuse_is_refused_at_every_threshold():
    scored = [Scored(True, 5.0, True)] * 5 + [Scored(True, 5.0, False)] * 5 + [Scored(False, -1.0, False)] * 10
    assert {point.refused_answerable for point in calibrate(scored, -3.0).points} >= {0.5}
    assert calibrate(scored, -3.0).chosen.refused_answerable == 0.5


def test_too_few_questions_are_told():
    labelled = [Question("1", "q", answerable=True)] * 30 + [Question("2", "q", answerable=False)] * 9
    with pytest.raises(CalibrationError, match="30 answerable and 9 unanswerable questions are too few"):
        enough(labelled)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibration")
    index_of(folder, DOCUMENTS, real=True).close()
    return folder


@pytest.fixture
def questions(home, monkeypatch):
    monkeypatch.setattr(calibration, "LEAST_QUESTIONS", 4)  # fewer are faster
    rows = [{"question": f"When did the mill of {town} burn down?", "answerable": True} for town in TOWNS]
    rows += [{"question": f"How many people work in the mill of {town}?", "answerable": False} for town in TOWNS]
    path = home / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    yield path
    assert main(["--home", str(home / "home"), "calibrate", "--reset"]) == 0


def run(home, *arguments):
    return main(["--home", str(home / "home"), *map(str, arguments)])


def test_a_calibrated_threshold_takes_effect_and_can_be_dropped(home, questions, capsys):
    unanswered = "How many people work in the mill of Kell?"
    assert run(home, "calibrate", questions, "--plot", home / "plot.html") == 0
    shown = capsys.readouterr().out
    assert "4 answerable and 4 unanswerable" in shown and "chosen" in shown and "until now" in shown
    page = (home / "plot.html").read_text()
    assert page.count("<svg") == 2 and "<script" not in page
    with open_assistant(home / "home") as assistant:
        chosen = assistant.threshold
        assert chosen != -3.0
        assert assistant.answer(unanswered).refused
        assert not assistant.answer("When did the mill of Kell burn down?").refused
        assert assistant.quoting(threshold=-50.0).threshold == -50.0
    assert run(home, "--json", "calibrate", "--reset") == 0
    assert json.loads(capsys.readouterr().out) == {"reset": True}
    with open_assistant(home / "home") as assistant:
        assert assistant.threshold == -3.0


def test_evaluations_with_other_calibrated_thresholds_are_told_apart(tmp_path):
    with index_of(tmp_path, DOCUMENTS) as index:
        assistant = open_assistant(index=index, settings=Settings())
        stamps = [subject_settings(Subject(index, assistant), "", Settings())]
        for threshold in (1.5, 2.5):
            store(index, threshold, assistant.scorer_identity)
            stamps.append(subject_settings(Subject(index, assistant), "", Settings()))
    assert [stamp.pop("threshold") for stamp in stamps] == [THRESHOLD, 1.5, 2.5]
    assert stamps[0] == stamps[1] == stamps[2]


def test_a_dry_run_changes_nothing_and_json_says_what_would_be_chosen(home, questions, capsys):
    assert run(home, "--json", "calibrate", questions, "--dry-run", "--most-refused", "0") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["stored"] is False and found["answerable"] == 4 and found["chosen"]["refused_answerable"] == 0.0
    with open_assistant(home / "home") as assistant:
        assert assistant.threshold == -3.0


def test_what_is_set_goes_before_and_another_cross_encoder_has_its_own_scale(home, questions, capsys, monkeypatch):
    with open_assistant(home / "home") as assistant:
        store(assistant.index, 1.25, assistant.scorer_identity)
        assert assistant.threshold == 1.25, "an assistant that is open sees it at once"
        assert stored(assistant.index, "another") is None
        assert forget(assistant.index) and not forget(assistant.index)
    with open_assistant(settings=Settings(home=str(home / "home"), threshold=-7.0)) as assistant:
        store(assistant.index, 1.25, assistant.scorer_identity)
        assert assistant.threshold == -7.0
    monkeypatch.setenv("FOOTNOTE_THRESHOLD", "-7")
    assert run(home, "calibrate", questions) == 0
    assert "FOOTNOTE_THRESHOLD is set" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["calibrate"], "Give a file of questions"),
        (["calibrate", "nothing.jsonl"], "nothing.jsonl"),
        (["calibrate", "few.jsonl"], "too few"),
        (["calibrate", "enough.jsonl", "--plot", "nowhere/plot.html"], "cannot be written"),
    ],
)
def test_wrong_calls_are_told_in_a_sentence(home, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    row = '{"question": "When?", "answerable": %s}\n'
    (tmp_path / "few.jsonl").write_text(row % "true" * 3)
    (tmp_path / "enough.jsonl").write_text((row % "true" + row % "false") * 10)
    assert run(home, *arguments) == 1
    message = capsys.readouterr().err
    assert said in message and message.count("\n") == 1


def test_a_percentage_out_of_range_is_a_wrong_call(home, capsys):
    with pytest.raises(SystemExit):
        run(home, "calibrate", "q.jsonl", "--most-refused", "101")
    assert "not a percentage" in capsys.readouterr().err
