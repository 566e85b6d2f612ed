"""The web application without a browser: headers, whose is what, originals, uploads, renderings of hostile words."""

from __future__ import annotations

import json
import re
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hostile import HOSTILE
from hostile_answers import hostile_answer
from small_indexes import index_of

from footnoted.assistant.answers import Answer
from footnoted.assistant.chain import open_assistant
from footnoted.assistant.errors import AssistantError
from footnoted.assistant.server.application import create_app, launch
from footnoted.assistant.web import answer_html, guard, panels_html
from footnoted.assistant.web.conversations import conversation_export
from footnoted.assistant.web.conversations.conversations import Conversation, Turn
from footnoted.assistant.web.documents import coverage, list_html, uploads
from footnoted.index.errors import SourceNotFound
from footnoted.index.types import DocumentInfo, Heading, LoadedDocument, Progress, Report

OURS = {"x-footnote": "1"}
EMPHASIS = {"em_open", "em_close", "softbreak", "text_special"}  # ours: "not supported by your documents"
MAY_BE_THERE = {
    "article", "h1", "h2", "h3", "p", "div", "span", "button", "strong", "ul", "li", "q", "bdi", "mark", "section",
    "header", "details", "summary", "table", "tr", "th", "td", "blockquote", "footer", "a", "label", "progress",
    "input", "b", "dl", "dt", "dd",
}  # fmt: skip


class Tags(HTMLParser):
    """Collects the elements and attributes that a browser would make of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_stay_words(word: str) -> None:
    answer = hostile_answer(word).to_dict()
    refusal = hostile_answer(word, refused=True, kind="refusal", sentences=()).to_dict()
    note = answer["citations"][0]
    info = DocumentInfo("/s", word, word, "ready", word, (word,), "", 1, 1, 1, 1, "", "/s", word)
    listed = [info, replace(info, status="failed", source="/t")]
    stored, key = LoadedDocument(word, headings=(Heading(0, len(word), 1, word),)), panels_html.document_key("/s")
    pages = [
        answer_html.turn_html(answer | {"asked_only": word}, turn=1, last=True, further=[word]),
        answer_html.turn_html(refusal, turn=1),
        answer_html.error_html(word, word),
        panels_html.source_html(
            panels_html.Shown(note, word, answer["passages"][0]["why"], again={"a": word}, search=word), stored
        ),
        panels_html.source_html(panels_html.Shown(note, word), None),
        panels_html.found_html(key, word, [(0, 1, word)], more=True),
        panels_html.welcome_html(1, [word], word),
        panels_html.conversations_html(
            [Conversation(word, word, "2024-01-01T00:00:00+00:00", "2024-01-01T00:00:00+00:00")]
        ),
        list_html.documents_html(listed, listed),
        list_html.scope_html(listed, {word: 1, "b": 1}, "", [key], [word]),
        coverage.coverage_html(coverage.coverage_of([info, info, *listed], lambda source: stored, lambda source: 1)),
        uploads.job_html(uploads.Job("u", 1, report=Report(skipped={f"/{word}": word}, notes={f"/{word}": (word,)}))),
        uploads.job_html(uploads.Job("u", 1, progress=Progress(0, 1, 0, word), waiting=False)),
    ]
    for page in pages:
        found = Tags(page)
        assert found.tags <= MAY_BE_THERE
        assert not [name for name, _ in found.attributes if name.startswith("on") or name in ("src", "style", "action")]
        assert all(re.match(r"\./", value or "") for name, value in found.attributes if name == "href")
        assert not re.search(r"[{}$`]", re.sub(r"&#\d+;", "", page)), "a template could give these a meaning"


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_stay_words_when_exported(word: str) -> None:
    from rich.markdown import Markdown

    turns = [Turn(1, word, hostile_answer(word).to_dict(), "")]
    assert json.loads(conversation_export.to_json(turns, word))["turns"][0]["answer"]["text"] == word
    page = Tags(conversation_export.to_html(turns, word))
    blocks = {"h3", "ul", "table", "thead", "tbody", "tr", "th", "td", "pre", "code", "details", "summary"}
    known = {"html", "meta", "title", "style", "h1", "h2", "div", "p", "sup", "a", "em", "ol", "li", "bdi", "span"}
    assert page.tags <= known | blocks | {"strong"}
    assert all(value.startswith("#t1n") for name, value in page.attributes if name == "href")
    tokens = Markdown(conversation_export.to_markdown(turns, word)).parsed
    kinds = {part.type for token in tokens for part in [token, *(token.children or [])]}
    assert kinds <= {"heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text", *EMPHASIS}


def test_bidi_marks_cannot_turn_a_file_name_around() -> None:
    info = DocumentInfo("/s", "x\u202egpj.exe", "x\u202egpj.exe", "ready", "", (), "", 1, 0, 1, 1, "", "/s")
    assert "\u202e" not in list_html.documents_html([info], [info])


def test_a_stream_can_be_seen_growing() -> None:
    waiting = answer_html.turn_html(Answer("Why?", "Why?", done=False).to_dict(), turn=3)
    assert 'aria-busy="true"' in waiting and "Reading your documents" in waiting and "Retry" not in waiting
    done = answer_html.turn_html(hostile_answer("Because.").to_dict(), turn=3, last=True)
    assert 'aria-busy="false"' in done and "Retry" in done and 'data-note="1"' in done
    assert "not supported by your documents" in done
    assert "all checked" not in done, "an unsupported sentence is not a checked one"


def test_the_other_reading_of_a_question_is_offered_below_the_last_one() -> None:
    asked, whole = "How tall is it?", "How tall is it? (Eiffel Tower)"
    answer = Answer(asked, whole, "330 m.", other_question=asked).to_dict()
    offered = answer_html.turn_html(answer, turn=3, last=True)
    assert f'data-do="reread" data-turn="3" data-question="{asked}" data-text="{asked}"' in offered
    assert "only what I asked" in Tags(offered).text
    assert "reread" not in answer_html.turn_html(answer, turn=3), "an earlier turn would take the later ones along"
    alone = answer_html.turn_html(answer | {"standalone_question": asked, "other_question": whole}, turn=3, last=True)
    assert "“How tall is it? (Eiffel Tower)”" in Tags(alone).text
    assert "Searched for:" not in Tags(alone).text
    assert "reread" not in answer_html.turn_html(answer | {"other_question": ""}, turn=3, last=True)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chat")
    documents = {
        "tram.txt": "The council approved the tram line on 14 March 2024. It will cost 412 million euros.",
        "page.html": "<html><body><p>The harbour opens in May 2025.</p><script>alert(1)</script></body></html>",
    }
    index = index_of(folder, documents)
    yield open_assistant(index=index)
    index.close()


@pytest.fixture(scope="module")
def application(assistant):
    made = create_app(assistant)
    yield made
    made.state.footnote.close()


@pytest.fixture
def client(application):
    from fastapi.testclient import TestClient

    client = TestClient(application)
    client.service = application.state.service
    yield client
    client.close()


def stored_turn(client, answer: Answer) -> tuple[str, int]:
    user = guard.user_key(client.cookies[guard.COOKIE])
    conversation = client.service.conversations.begin(user, answer.question)
    return conversation, client.service.conversations.add(user, conversation, answer.question, answer.to_dict())


def test_the_page_carries_a_strict_policy_and_nothing_of_another_host(client) -> None:
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy).group(1)
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "object-src 'none'" in policy and "frame-ancestors 'none'" in policy and "http" not in policy
    assert set(re.findall(r'<script nonce="([^"]+)"', answer.text)) == {nonce}
    assert len(re.findall(r"<script[\s>]", answer.text)) == answer.text.count(f'<script nonce="{nonce}"')
    assert not re.findall(r"""(?:src|href|content)=["']https?://""", answer.text)
    assert client.get("/").headers["content-security-policy"] != policy, "a nonce is used once"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


@pytest.mark.parametrize("path", ["/", "/chat/state", "/chat/chat.js", "/chat/x", "/gradio_api/info", "/x", "/health"])
def test_every_response_is_guarded(client, path: str) -> None:
    answer = client.get(path)
    assert "default-src" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_gradio_makes_nothing_public(client) -> None:
    assert client.get("/gradio_api/info").status_code == 404
    functions = client.get("/config").json()["dependencies"]
    assert functions and all(one["api_visibility"] == "private" for one in functions)


def test_a_footnote_opens_its_source(client, assistant) -> None:
    client.get("/")
    answer = assistant.answer("When did the council approve the tram line?")
    assert answer.citations
    conversation, turn = stored_turn(client, answer)
    panel = client.get("/chat/source", params={"turn": turn, "note": 1}).text
    assert f'<mark id="fn-mark" tabindex="-1">{answer.citations[0].quote}</mark>' in panel
    assert "Why this passage?" in panel and "tram.txt" in panel
    assert "data-note" in client.get("/chat/conversation", params={"id": conversation}).text
    assert client.get("/chat/source", params={"turn": turn, "note": 9}).status_code == 404
    assert client.get("/chat/source", params={"turn": "x", "note": "y"}).status_code == 404
    address = re.search(r'href="\.(/chat/original[^"]+)"', panel).group(1)
    original = client.get(address)
    assert original.headers["content-type"] == "text/plain; charset=utf-8" and "tram line" in original.text


def test_an_html_document_is_never_shown_as_html(client) -> None:
    client.get("/")
    source = next(info.source for info in client.service.documents("") if info.document_id == "page.html")
    answer = client.get("/chat/original", params={"key": panels_html.document_key(source)})
    assert answer.headers["content-type"].startswith("text/plain")
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "/etc/passwd", "0" * 24, "%2e%2e%2f"])
def test_only_indexed_files_are_served(client, key: str) -> None:
    client.get("/")
    assert client.get("/chat/original", params={"key": key}).status_code == 404


def test_two_browsers_do_not_see_each_other(client, assistant) -> None:
    client.get("/")
    conversation, turn = stored_turn(client, assistant.answer("When did the council approve the tram line?"))
    mine = dict(client.cookies)
    client.cookies.clear()
    assert client.get("/chat/conversations").status_code == 401
    client.get("/")
    assert dict(client.cookies) != mine
    assert conversation not in client.get("/chat/conversations").text
    named, numbered = f"id={conversation}", f"turn={turn}"
    for path in (f"conversation?{named}", f"source?{numbered}&note=1", f"export?{named}", f"export?{numbered}"):
        assert client.get(f"/chat/{path}").status_code == 404
    for action in ("rename", "delete", "judge"):
        body = {"id": conversation, "name": "x", "turn": turn}
        assert client.post(f"/chat/{action}", json=body, headers=OURS).status_code == 404


def test_another_site_cannot_write(client) -> None:
    client.get("/")
    assert client.post("/chat/delete", json={"id": "x"}).status_code == 403
    assert client.post("/chat/upload", files={"files": ("a.txt", b"x")}).status_code == 401
    assert client.post("/chat/delete", content=b"[1]", headers=OURS).status_code == 400
    assert client.post("/chat/delete", content=b"{", headers=OURS).status_code == 400


def test_a_conversation_is_renamed_exported_and_deleted(client, assistant) -> None:
    client.get("/")
    answer = assistant.answer("When did the council approve the tram line?")
    conversation, turn = stored_turn(client, answer)
    renamed = client.post("/chat/rename", json={"id": conversation, "name": "Trams"}, headers=OURS)
    assert renamed.json() == {"name": "Trams"}
    assert "Trams" in client.get("/chat/conversations", params={"search": "council"}).text
    exported = client.get("/chat/export", params={"id": conversation, "format": "json"})
    assert exported.json()["turns"][0]["answer"] == json.loads(json.dumps(answer.to_dict()))
    markdown = client.get("/chat/export", params={"turn": turn}).text
    assert "[^1]" in markdown and "[^1]: tram" in markdown
    page = client.get("/chat/export", params={"id": conversation, "format": "html"})
    assert "attachment" in page.headers["content-disposition"]
    assert client.get("/chat/export", params={"id": conversation, "format": "exe"}).status_code == 400
    assert client.post("/chat/judge", json={"turn": turn, "verdict": "up"}, headers=OURS).status_code == 200
    assert 'data-verdict="up" aria-pressed="true"' in client.get("/chat/conversation", params={"id": conversation}).text
    assert client.post("/chat/delete", json={"id": conversation}, headers=OURS).status_code == 200
    assert client.get("/chat/conversation", params={"id": conversation}).status_code == 404


def test_files_are_uploaded_indexed_and_removed(client) -> None:
    client.get("/")
    good = ("../../evil.txt", b"The lighthouse was built in 1871.", "text/plain")
    files = [("files", good), ("files", ("bad.xyz", b"\x00\x01", ""))]
    job = client.post("/chat/upload", files=files, headers=OURS).json()["job"]
    limit = time.monotonic() + 20
    while not (state := client.get("/chat/job", params={"id": job}).json())["done"] and time.monotonic() < limit:
        time.sleep(0.05)
    assert "1 added" in state["html"].lower() and "bad.xyz" in state["html"]
    info = next(info for info in client.service.documents("") if info.document_id == "evil.txt")
    assert str(client.service.folder / "uploads") in info.path
    key = panels_html.document_key(info.source)
    assert key in client.get("/chat/documents", params={"search": "evil"}).text
    assert client.post("/chat/remove", json={"key": key}, headers=OURS).status_code == 200
    assert key not in client.get("/chat/documents").text


def finished(client, job: str) -> str:
    limit = time.monotonic() + 20
    while not (state := client.get("/chat/job", params={"id": job}).json())["done"] and time.monotonic() < limit:
        time.sleep(0.05)
    return state["html"]


def test_an_upload_in_parts_is_one_job_in_its_collection(client) -> None:
    client.get("/")
    for number, last in ((1, ""), (2, "1")):
        part = client.post(
            f"/chat/upload?group=g&last={last}&collection=ships",
            files={"files": (f"ship{number}.txt", f"Ship {number} was built in 190{number}.".encode())}, headers=OURS,
        ).json()  # fmt: skip
        assert bool(part["job"]) is bool(last)
    assert "2 added" in finished(client, part["job"]).lower()
    ships = [info for info in client.service.documents("") if info.collection == "ships"]
    assert len(ships) == 2
    assert {"name": "ships", "documents": 2} in client.get("/chat/state").json()["collections"]
    chosen = json.dumps([panels_html.document_key(ships[0].source)])
    scope = client.get("/chat/scope", params={"chosen": chosen, "collections": '["ships"]'}).text
    assert scope.count("checked") == 2
    assert client.get("/chat/scope", params={"chosen": "{", "collections": "7"}).status_code == 200
    key = panels_html.document_key(ships[0].source)
    assert client.post("/chat/move", json={"key": key, "collection": "boats"}, headers=OURS).status_code == 200
    assert "boats" in client.get("/chat/documents", params={"collection": "boats"}).text
    assert client.post("/chat/move", json={"key": key, "collection": "\n"}, headers=OURS).status_code == 400
    again = client.post("/chat/reread", json={"key": key}, headers=OURS).json()["job"]
    assert "already there" in finished(client, again).lower()
    assert "documents" in client.get("/chat/coverage").text
    for info in ships:
        client.post("/chat/remove", json={"key": panels_html.document_key(info.source)}, headers=OURS)


def test_a_question_is_restricted_to_what_was_chosen(client) -> None:
    service, tram = client.service, next(info for info in client.service.documents("") if "tram" in info.source)
    chosen, words = service.chosen("", [panels_html.document_key(tram.source)], [])
    assert list(chosen.sources) == [tram.source] and words == "tram.txt"
    assert service.chosen("", [], ["default"])[0].collections == ["default"]
    both, words = service.chosen("", [panels_html.document_key(tram.source)], ["default"])
    assert len(set(both.sources)) == 2 and words == "default, tram.txt"
    assert service.chosen("", [], []) == (None, "")
    with pytest.raises(SourceNotFound, match="choose again"):
        service.chosen("", ["gone"], ["gone"])


@pytest.mark.parametrize("url", ["ftp://x", "file:///etc/passwd", "javascript:1", "", "x"])
def test_what_is_no_address_is_refused(client, url: str) -> None:
    client.get("/")
    answer = client.post("/chat/fetch", json={"url": url}, headers=OURS)
    assert answer.status_code == 400 and "https://" in answer.text


def test_a_page_of_this_machine_is_not_fetched(client) -> None:
    client.get("/")
    job = client.post("/chat/fetch", json={"url": "http://127.0.0.1:9/secret"}, headers=OURS).json()["job"]
    shown = finished(client, job)
    assert "Not added" in shown and "127.0.0.1" in shown


def test_a_document_is_read_and_searched(client) -> None:
    client.get("/")
    tram = next(info for info in client.service.documents("") if "tram" in info.source)
    key = panels_html.document_key(tram.source)
    assert "Search in this document" in client.get("/chat/read", params={"key": key}).text
    found = client.get("/chat/find", params={"key": key, "search": "412  MILLION"}).text
    assert "1 place" in found and "<b>412 million</b>" in found
    start, end = re.search(r'data-start="(\d+)" data-end="(\d+)"', found).groups()
    opened = client.get("/chat/read", params={"key": key, "start": start, "end": end, "search": "412 million"}).text
    assert ">412 million</mark>" in opened
    assert "Not found" in client.get("/chat/find", params={"key": key, "search": "(.*)"}).text
    assert client.get("/chat/read", params={"key": key, "start": "9" * 30, "end": "-1"}).status_code == 200


def test_more_of_a_long_document_is_shown_step_by_step() -> None:
    text = "Before. " * 2000 + "HERE" + " After." * 2000
    start = text.index("HERE")
    note = {"source": "/s", "title": "Long", "start": start, "end": start + 4, "page": None}
    shown = panels_html.Shown(note, "HERE", again={"action": "source", "turn": "1"})
    near = panels_html.source_html(shown, LoadedDocument(text))
    assert (
        near.count('data-do="around"') == 2 and f'data-around="{panels_html.AROUND * 4}"' in near and len(near) < 9000
    )
    wide = panels_html.source_html(shown, LoadedDocument(text), around=panels_html.WIDEST)
    assert 'data-do="around"' not in wide and wide.count("Before.") == 2000


def test_a_judged_answer_goes_into_the_question_set(client, assistant) -> None:
    client.get("/")
    _, turn = stored_turn(client, assistant.answer("When did the council approve the tram line?"))
    said = client.post("/chat/question", json={"turn": turn, "verdict": "up"}, headers=OURS).json()["said"]
    assert "questions.jsonl" in said and "1 question" in said
    line = json.loads((client.service.folder / "questions.jsonl").read_text(encoding="utf-8"))
    assert line["status"] == "draft" and line["evidence"][0]["text"].startswith("The council approved")


def test_a_first_visit_can_try_the_sample_documents(tmp_path) -> None:
    from fastapi.testclient import TestClient

    with index_of(tmp_path, {"a.txt": "x"}) as index:
        index.remove(index.documents()[0].source)
        made = create_app(open_assistant(index=index))
        with TestClient(made) as visitor:
            visitor.get("/")
            assert "sample documents" in visitor.get("/chat/conversation").text
            job = visitor.post("/chat/samples", json={}, headers=OURS).json()["job"]
            assert "4 added" in finished(visitor, job).lower()
            assert "tram line" in visitor.get("/chat/conversation").text, "questions about them are suggested"


def test_conversations_stand_under_their_day() -> None:
    now = datetime(2024, 5, 10, 1, 0, tzinfo=UTC)
    days = [0, 1, 3, 30]
    listed = [Conversation(str(n), str(n), "", (now - timedelta(days=n)).isoformat()) for n in days]
    html = panels_html.conversations_html(listed, "1", now=now)
    assert re.findall(r"<h2>(.*?)</h2>", html) == ["Today", "Yesterday", "This week", "Earlier"]
    assert html.count("aria-current=page") == 1
    behind = panels_html.conversations_html(listed[:1], minutes=-120, now=now)
    assert "<h2>Today</h2>" in behind, "the reader's own day counts"


def test_a_document_that_changed_or_went_is_told() -> None:
    note = hostile_answer("It is so.").to_dict()["citations"][0]
    changed = panels_html.source_html(panels_html.Shown(note, "It is so."), LoadedDocument("Something else"))
    assert "has changed since" in changed and ">It is so.</mark>" in changed
    assert "no longer in the index" in panels_html.source_html(panels_html.Shown(note, "It is so."), None)


def test_a_taken_port_is_one_clear_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(AssistantError, match="Port .* cannot be used .*--port"):
            launch(None, port=taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:7860", True), ("127.8.8.8", True), ("localhost:7860", True), ("LOCALHOST.", True), ("::1", True),
        ("[::1]:7860", True), ("evil.example:7860", False), ("127.0.0.1.evil.example", False), ("", False),
        ("localhost.evil.example:80", False), ("192.168.1.4:7860", False), ("[2001:db8::1]:80", False),
    ],
)  # fmt: skip
def test_a_name_means_this_machine_or_not(host: str, ours: bool) -> None:
    assert guard.is_loopback(host) is ours


def test_a_name_pointed_at_this_machine_opens_nothing(assistant) -> None:
    from fastapi.testclient import TestClient

    made = create_app(assistant, local_only=True)
    with TestClient(made, base_url="http://rebound.example:7860") as stranger:
        for path in ("/", "/health", "/chat/state", "/gradio_api/info", "/chat/chat.js"):
            answer = stranger.get(path)
            assert answer.status_code == 421 and "only for this computer" in answer.text, path
            assert "set-cookie" not in answer.headers
    with TestClient(made, base_url="http://localhost:7860") as own:
        assert own.get("/health").json()["status"] == "ok"
    made.state.footnote.close()


@pytest.mark.parametrize(
    "wanted", ["/etc/passwd", "{home}/catalog.sqlite", "{home}/conversations.sqlite3", "../../../etc/passwd"]
)
def test_gradio_hands_out_no_file_of_this_machine(client, assistant, wanted: str) -> None:
    path = wanted.format(home=assistant.index.home.folder)
    for route in ("/gradio_api/file=", "/file=", "/gradio_api/stream/", "/static/", "/gradio_api/download/"):
        answer = client.get(route + path)
        assert answer.status_code in (400, 403, 404, 405, 422), f"{route}: {answer.status_code}"
        assert b"SQLite" not in answer.content and b"root:" not in answer.content


LONG = "a line of far more than fifty characters in all that was"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one line that\nruns on", "one line that runs on"),
        ("see the command\n`footnote list`", "see the command `footnote list`"),
        (LONG + " cut\nFootnote", LONG + " cut Footnote"),
        ("Install\nFootnote is installed", "Install\nFootnote is installed"),
        ("It ends here.\n\nAnother begins", "It ends here.\n\nAnother begins"),
        (LONG + ".\nAnother", LONG + ".\nAnother"),
        ("| a | b |\n| c | d |", "| a | b |\n| c | d |"),
        ("- one\n- two", "- one\n- two"),
    ],
)  # fmt: skip
def test_lines_broken_in_a_sentence_run_on(text: str, shown: str) -> None:
    assert panels_html._unwrapped(text) == shown
