"""The workbench without a browser: runs joined or refused, what is hidden, and requests that are not its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from evaluation_doubles import questions_of, run
from workbench_doubles import EVIL, QUOTE, ROWS, TEXTS, two_runs, workbench, written_index

from footnoted.assistant.evaluation.errors import QuestionsError, RunError
from footnoted.assistant.evaluation.workbench.bench import Bench
from footnoted.assistant.evaluation.workbench.items import join_runs, read_runs
from footnoted.assistant.evaluation.workbench.labels import LabelsError, read_labels
from footnoted.assistant.evaluation.workbench.views import item_of

OWN = {"x-footnote": "1"}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Path]:
    return two_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def folders(made) -> Iterator[tuple[Path, Path]]:
    yield made
    (made[0].parent / "set.labels.jsonl").unlink(missing_ok=True)


@pytest.fixture
def opened(folders) -> Iterator[tuple[httpx.Client, Bench]]:
    with workbench(*folders) as (address, bench), httpx.Client(base_url=address) as client:
        yield client, bench


def shown(client: httpx.Client, item: int, grader: str = "anna", blind: int = 1) -> dict:
    reply = client.get(f"/items/{item}", params={"grader": grader, "blind": blind})
    assert reply.status_code == 200, reply.text
    return reply.json()


def grade(client: httpx.Client, item: int, answer: str, verdict: str, grader: str = "anna", **more) -> httpx.Response:
    body = {"item": item, "answer": answer, "verdict": verdict, "grader": grader, **more}
    return client.post("/label", headers=OWN, json=body)


def test_the_runs_are_side_by_side_and_equal_answers_are_one(opened) -> None:
    client, bench = opened
    rome, cats = shown(client, 0, blind=0), shown(client, 1, blind=0)
    assert [answer["sentences"][0]["text"] for answer in rome["answers"]] == ["The city is old.", "Rome fell in 476."]
    assert [answer["automatic"]["verdict"] for answer in rome["answers"]] == ["wrong", "right"]
    assert rome["change"] == "won" and [len(answer["runs"]) for answer in cats["answers"]] == [2]
    (note,) = rome["answers"][1]["footnotes"]
    assert (note["before"], note["quote"], note["after"]) == (
        "The city is old. ", "Rome fell in 476.", " Its last emperor was Romulus.",
    )  # fmt: skip
    assert bench.start()["slices"]["topic"] == sorted({"history", "cats", EVIL[:50]})


def test_blind_nothing_tells_what_others_think(opened) -> None:
    client, _ = opened
    before = shown(client, 0)
    first, second = (answer["key"] for answer in before["answers"])
    assert grade(client, 0, first, "wrong", "ben").status_code == 200
    blind = shown(client, 0)
    assert blind["automatic"] == blind["people"] == [] and blind["change"] == "" and not blind["differ"]
    for answer in blind["answers"]:
        assert not answer["runs"] and answer["automatic"] is None and not answer["others"]
    told = json.dumps([blind, client.get("/items", params={"grader": "anna"}).json()["items"]])
    assert '"ben"' not in told and '"wrong"' not in told
    summaries = [client.get("/items", params={"grader": "anna", "blind": blind}).json()["summary"] for blind in (0, 1)]
    assert [sorted(run["right_by_people"]["n"] for run in one["runs"]) for one in summaries] == [[0, 1], [0, 0]]
    after = grade(client, 0, first, "right").json()
    by_key = {answer["key"]: answer for answer in after["answers"]}
    assert by_key[first]["automatic"] and by_key[first]["others"]["ben"]["verdict"] == "wrong"
    assert not by_key[second]["automatic"] and not any(answer["runs"] for answer in after["answers"]), "one is open yet"
    done = grade(client, 0, second, "right").json()
    assert all(answer["runs"] and answer["automatic"] for answer in done["answers"]) and done["differ"]


def test_a_label_is_on_the_disk_at_once_and_others_are_seen(opened, folders) -> None:
    client, bench = opened
    (answer,) = shown(client, 1)["answers"]
    assert grade(client, 1, answer["key"], "partly", note=" the coat \n").json()["answers"][0]["mine"] == {
        "verdict": "partly", "note": "the coat",
    }  # fmt: skip
    path = folders[0].parent / "set.labels.jsonl"
    (label,) = next(iter(read_labels(path).values())).values()
    assert (label.id, label.verdict, label.note) == ("cats", "partly", "the coat")
    with workbench(*folders, grader="ben") as (other, _), httpx.Client(base_url=other) as second:
        grade(second, 1, answer["key"], "right", "ben")
    assert shown(client, 1)["answers"][0]["others"]["ben"]["verdict"] == "right"
    (pair,) = client.get("/items", params={"grader": "anna"}).json()["summary"]["pairs"]
    assert (pair["graders"], pair["n"], pair["observed"]) == (["anna", "ben"], 1, 0.0)
    assert grade(client, 1, answer["key"], "").json()["answers"][0]["mine"] is None


def test_a_file_that_is_damaged_meanwhile_is_reported_and_left_alone(opened, folders) -> None:
    client, _ = opened
    path = folders[0].parent / "set.labels.jsonl"
    key = shown(client, 1)["answers"][0]["key"]
    path.write_text("nonsense\n", encoding="utf-8")
    reply = grade(client, 1, key, "right")
    assert reply.status_code == 500 and path.read_text(encoding="utf-8") == "nonsense\n"
    listed = client.get("/items", params={"grader": "anna"})
    assert listed.status_code == 500 and "set.labels.jsonl, line 1: not JSON" in listed.json()["error"]


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"item": 99, "answer": "a", "verdict": "right", "grader": "anna"}, 400, "There is no such question here"),
        ({"item": -1, "answer": "a", "verdict": "right", "grader": "anna"}, 400, "There is no such question here"),
        ({"item": 0, "answer": "a", "verdict": "right", "grader": "anna"}, 400, "There is no such answer here"),
        ({"item": True, "answer": "a", "verdict": "right", "grader": "anna"}, 400, '"item" must be a whole number'),
        ({"item": 0, "answer": {}, "verdict": "right", "grader": "anna"}, 400, '"answer" must be a text'),
        ([], 400, "must be a JSON object"),
        ({"item": 0, "note": "x" * 70_000}, 413, "at most 65536 bytes"),
    ],
)
def test_nonsense_is_answered_with_a_sentence(opened, body, status: int, problem: str) -> None:
    client, _ = opened
    reply = client.post("/label", headers=OWN, json=body)
    assert reply.status_code == status and problem in reply.json()["error"]


def test_verdict_and_grader_are_checked(opened) -> None:
    client, _ = opened
    key = shown(client, 0)["answers"][0]["key"]
    assert "A verdict is one of" in grade(client, 0, key, "great").json()["error"]
    assert "A grader needs a name" in grade(client, 0, key, "right", "").json()["error"]
    assert "A grader needs a name" in client.get("/items").json()["error"]
    assert client.get("/items/7", params={"grader": "anna"}).status_code == 400
    assert (
        client.post(
            "/label",
            headers=OWN,
            content="{",
        ).status_code
        == 415
    )
    assert client.post("/label", headers={**OWN, "content-type": "application/json"}, content="{").status_code == 400
    again = {"item": 1, "grader": "anna"}
    assert client.post("/question", headers=OWN, json=again).json() == {"error": "Grade the answer first."}
    assert grade(client, 1, shown(client, 1)["answers"][0]["key"], "right").status_code == 200
    assert "from a question set already" in client.post("/question", headers=OWN, json=again).json()["error"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "169.254.169.254", "", "0.0.0.0:7870"])
def test_another_host_is_refused(opened, host: str) -> None:
    client, _ = opened
    for method, path in (("GET", "/"), ("GET", "/items/0?grader=a"), ("POST", "/label"), ("GET", "/workbench.js")):
        reply = client.request(method, path, headers={**OWN, "host": host})
        assert reply.status_code == 403 and "on this computer only" in reply.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**OWN, "origin": "http://evil.example"},
        {**OWN, "origin": "null"},
        {**OWN, "origin": "http://127.0.0.1:1"},
        {**OWN, "sec-fetch-site": "cross-site"},
        {**OWN, "sec-fetch-site": "same-site"},
    ],
)
def test_another_page_cannot_grade(opened, folders, headers: dict[str, str]) -> None:
    client, _ = opened
    key = shown(client, 0)["answers"][0]["key"]
    body = {"item": 0, "answer": key, "verdict": "right", "grader": "anna"}
    assert client.post("/label", headers=headers, json=body).status_code == 403
    assert client.post("/question", headers=headers, json=body).status_code == 403
    assert not (folders[0].parent / "set.labels.jsonl").exists()


def test_every_reply_has_the_security_headers(opened) -> None:
    client, _ = opened
    for path in ("/", "/workbench.js", "/items/0?grader=a", "/nothing", "/../labels.py"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';") and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
    assert client.get("/nothing").status_code == client.get("/label.py").status_code == 404
    assert "<script src=" in client.get("/").text and "<img" not in client.get("/").text


def test_what_is_no_run_is_said_in_a_sentence(folders, tmp_path) -> None:
    with pytest.raises(RunError, match=r"nothing contains no run: there is no run.json in it"):
        read_runs([tmp_path / "nothing"])
    copied = tmp_path / "copied"
    copied.mkdir()
    for path in folders[0].iterdir():
        (copied / path.name).write_bytes(path.read_bytes())
    records = (copied / "records.jsonl").read_bytes()
    for damaged, problem in (
        (b"{}\n" + records, "records.jsonl, line 1: not the record of a question"),
        (records.split(b"\n")[0] + b"\n{\n{}\n", "records.jsonl, line 2: not JSON"),
        (records.replace(b'"quote":', b'"qoute":'), "line 1: not the record of a question"),
        (b"[1]\n", "line 1: not the record of a question"),
    ):
        (copied / "records.jsonl").write_bytes(damaged)
        with pytest.raises(RunError, match=problem):
            read_runs([copied])
    facts = json.loads((copied / "run.json").read_text(encoding="utf-8"))
    (copied / "records.jsonl").write_bytes(records)
    (copied / "run.json").write_text(json.dumps(facts | {"finished": None}), encoding="utf-8")
    with pytest.raises(RunError, match="is not finished"):
        read_runs([copied])
    (copied / "run.json").write_text(json.dumps(facts | {"questions": str(tmp_path / "gone.jsonl")}), encoding="utf-8")
    with pytest.raises(LabelsError, match=r"gone.jsonl any more: say with --labels"):
        read_runs([copied])
    assert read_runs([copied], tmp_path / "x.jsonl")[0].labels == tmp_path / "x.jsonl"
    with pytest.raises(RunError, match="is given twice"):
        read_runs([folders[0], folders[0]])
    searched = run(tmp_path / "search", questions_of(*ROWS), written_index(), path=folders[0].parent / "set.jsonl")
    with pytest.raises(RunError, match="has no answers to grade"):
        read_runs([searched.folder])


def test_runs_of_different_sets_are_refused(folders, tmp_path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text("{}", encoding="utf-8")
    rows = [{"id": "x", "question": "When did Rome fall?"}, {"id": "rome", "question": "When did Rome rise?"}]
    result = run(tmp_path / "other", questions_of(*rows), written_index(), {}, path=other)
    with pytest.raises(LabelsError, match="in different files .*different question sets. Review them one by one"):
        join_runs(read_runs([folders[0], result.folder]))
    with pytest.raises(RunError, match="have no question in common"):
        join_runs(read_runs([folders[0], result.folder], tmp_path / "labels.jsonl"))


def test_questions_of_one_run_and_other_wordings_are_noted(folders, tmp_path) -> None:
    rows = [ROWS[0], ROWS[1] | {"question": "How else do the cats differ?"}, {"id": "new", "question": "What else?"}]
    result = run(tmp_path / "later", questions_of(*rows), written_index(), {}, path=folders[0].parent / "set.jsonl")
    items, notes = join_runs(read_runs([folders[0], result.folder]))
    assert [len(item.sides) for item in items] == [2, 1, 1, 1, 1]
    assert notes == ["Only some of the runs asked 3 of the 5 questions.",
                     "The wording differs between the runs, so the first one is shown: cats."]  # fmt: skip


def test_quotes_of_other_systems_are_shown_without_what_is_around(folders) -> None:
    items, _ = join_runs(read_runs(folders[:1]))
    name, record = items[3].sides[0]
    bare = record | {"passages": []}
    whole, alone = (
        item_of(3, replace(items[3], sides=((name, one),)), {}, "anna", False)["answers"][0]["footnotes"][0]
        for one in (record, bare)
    )
    assert whole["before"] + whole["quote"] + whole["after"] == TEXTS["evil"] and whole["quote"] == QUOTE
    assert (alone["before"], alone["quote"], alone["after"]) == ("", QUOTE, "")


def test_a_damaged_file_of_labels_is_named_before_the_page_opens(folders) -> None:
    (folders[0].parent / "set.labels.jsonl").write_text('\n{"id": "rome"}\n', encoding="utf-8")
    with pytest.raises(QuestionsError, match="set.labels.jsonl, line 2"), workbench(*folders):
        pass
