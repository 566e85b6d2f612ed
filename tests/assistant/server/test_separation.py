"""Two people on one server: every address is tried with the other's ids and without a login, and nothing leaks."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import httpx
import pytest
from server_doubles import WORDS, sent_events, team

from footnoted.assistant.errors import Forbidden
from footnoted.assistant.server.accounts.callers import key_of
from footnoted.assistant.server.limits import Rate
from footnoted.index.errors import FetchError

SECRETS = {"anna": {"~ben"}, "ben": {"~anna", "team"}, "carl": {"~anna", "~ben"}}
MAY_READ = {"anna": {"default", "~anna", "team"}, "ben": {"default", "~ben"}, "carl": {"default", "team", "~carl"}}


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    with team(tmp_path_factory.mktemp("people")) as made:
        made.state.rate = Rate(1_000_000)
        yield made


def user_key(people, name: str) -> str:
    return key_of(people.state.accounts.user(name).id)


def all_paths(routes):
    """The paths of all routes, of what is mounted too."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from all_paths(route.original_router.routes)
        elif hasattr(route, "app") and hasattr(route.app, "routes"):
            yield from (route.path + path for path in all_paths(route.app.routes))
        else:
            yield route.path


def test_without_a_login_nothing_is_answered(people):
    """Every route of the application, also those that Gradio adds: a new one is closed before anybody thinks of it."""
    paths = set(all_paths(people.application.routes))
    open_paths = {"/login", "/health", "/ready"}
    tried = 0
    with people.client() as nobody:
        for path in sorted(paths - open_paths):
            address = re.sub(r"\{[^}]*\}", "x", path) or "/"
            for method in ("GET", "POST", "PUT", "DELETE", "HEAD"):
                reply = nobody.request(method, address, headers={"content-length": "0"}, follow_redirects=False)
                assert reply.status_code == 401, (method, address)
                tried += 1
    assert {"/api/answer", "/chat/upload", "/gradio_api/queue/join", "/metrics"} <= paths
    assert tried > 200


@pytest.mark.parametrize("token", ["", "x", "fn_0123456789abcdef_" + "a" * 43, "Basic eDp4"])
def test_a_wrong_token_opens_nothing(people, token):
    with people.client() as nobody:
        assert nobody.get("/api/documents", headers={"authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize("name", SECRETS)
def test_a_search_and_an_answer_tell_of_ones_own_documents_alone(people, name):
    with people.client(name) as client:
        for collection, word in WORDS.items():
            question = f"What about the {word}?"
            replies = [
                client.post("/api/answer", json={"question": question}),
                client.post("/api/search", json={"question": word, "k": 100}),
                client.post("/api/search", json={"question": word, "filter": {"collections": [collection]}}),
                client.post("/api/answer", json={"question": question, "filter": {"collections": list(WORDS)}}),
            ]
            for reply in replies:
                assert reply.status_code == 200
                shown = reply.json()
                passages = shown["passages"]
                found = {passage["document_id"] for passage in passages}
                said = " ".join(passage["text"] for passage in passages) + shown.get("text", "")
                assert (word in said) == (collection in MAY_READ[name]), (collection, said)
                assert not found & {"diary.txt", "letter.txt", "plan.txt"} - _files(MAY_READ[name])
            events = sent_events(client.post("/api/answer", json={"question": question, "stream": True}).text)
            passages = events[-1][1].get("passages", ())
            assert {p["document_id"] for p in passages} <= _files(MAY_READ[name])


def _files(collections: set[str]) -> set[str]:
    names = {"default": "tram.txt", "~anna": "diary.txt", "~ben": "letter.txt", "team": "plan.txt"}
    return {names[collection] for collection in collections if collection in names}


def test_a_refusal_does_not_tell_which_words_others_have(people):
    """ "No document contains: palladium" would tell anna apart what ben has and what nobody has."""
    with people.client("anna") as client:
        asked = [client.post("/api/answer", json={"question": f"Whose {word} broke?"}).json()
                 for word in ("palladium", "unheardofium")]  # fmt: skip
        assert [answer["refused"] for answer in asked] == [True, True]
        assert [("palladium" in answer["missing_words"], "unheardofium" in answer["missing_words"]) for answer in asked
                ] == [(True, False), (False, True)]  # fmt: skip
        assert "3 are indexed" in client.post("/api/answer", json={"question": "hello"}).json()["text"]


@pytest.mark.parametrize("name", SECRETS)
def test_lists_show_ones_own_alone(people, name):
    with people.client(name) as client:
        listed = client.get("/api/documents").json()
        assert {info["collection"] for info in listed["documents"]} <= MAY_READ[name]
        assert listed["total"] == len(_files(MAY_READ[name]))
        assert {each["name"] for each in client.get("/api/collections").json()["collections"]} == MAY_READ[name]
        page = client.get("/chat/documents").text
        for file in ("diary.txt", "letter.txt", "plan.txt"):
            assert (file in page) == (file in _files(MAY_READ[name]))
        assert client.get("/chat/state").json()["documents"] == len(_files(MAY_READ[name]))
        welcome = client.get("/chat/conversation").text
        for collection, word in WORDS.items():
            assert word not in welcome or collection in MAY_READ[name]


@pytest.mark.parametrize("name", SECRETS)
def test_anothers_document_is_not_there_by_its_key_either(people, name):
    for collection in SECRETS[name]:
        key = people.key_of(collection)
        with people.client(name) as client:
            for path in (f"/api/documents/{key}", f"/api/documents/{key}/text", f"/chat/read?key={key}",
                         f"/chat/original?key={key}"):  # fmt: skip
                assert client.get(path).status_code == 404, path
            assert client.delete(f"/api/documents/{key}").status_code == 404
            assert client.post("/chat/remove", json={"key": key}, headers={"x-footnote": "1"}).status_code == 404
            for action in ("reread", "move"):
                body = {"key": key, "collection": "default"}
                assert client.post(f"/chat/{action}", json=body, headers={"x-footnote": "1"}).status_code == 404
            assert key not in client.get("/chat/scope").text
            assert client.put(f"/api/collections/{collection}", json={"shared_with": [name]}).status_code == 404
            upload = client.post("/api/documents", files={"files": ("a.txt", b"x")}, data={"collection": collection})
            assert upload.status_code == 404
        people.key_of(collection)  # still there


def test_a_document_is_not_moved_into_anothers_collection(people):
    key = people.key_of("~ben")
    with people.client("ben") as ben:
        for collection in ("~anna", "team", "default"):
            sent = ben.post("/chat/move", json={"key": key, "collection": collection}, headers={"x-footnote": "1"})
            assert sent.status_code in (403, 404), collection
    assert people.key_of("~ben") == key


def test_what_a_command_may_ask_nobody_else_may(people):
    with people.client() as nobody, people.client("root") as root:
        for client in (nobody, root):
            for path in ("/control/hello", "/control/call", "/control/x", "/control/"):
                assert client.get(path, follow_redirects=False).status_code in (401, 404), path
            assert client.post("/control/call", json={"name": "documents", "given": {}}).status_code in (401, 404)


def test_a_shared_collection_is_read_and_not_changed(people):
    key = people.key_of("team")
    with people.client("carl") as client:
        assert client.get(f"/api/documents/{key}").status_code == 200
        assert client.delete(f"/api/documents/{key}").status_code == 403
        assert client.post("/chat/remove", json={"key": key}, headers={"x-footnote": "1"}).status_code == 403
        assert client.put("/api/collections/team", json={"public": True}).status_code == 403
        upload = client.post("/api/documents", files={"files": ("a.txt", b"x")}, data={"collection": "team"})
        assert upload.status_code == 403
        assert client.delete(f"/api/documents/{people.key_of('default')}").status_code == 403
        shown = next(one for one in client.get("/api/collections").json()["collections"] if one["name"] == "team")
        assert not shown["writable"] and shown["shared_with"] == []


def test_conversations_are_ones_own(people, tmp_path):
    kept, anna = people.application.state.service.conversations, user_key(people, "anna")
    conversation = kept.begin(anna, "Where is the zirconium key?")
    turn = kept.add(
        anna, conversation, "Where?", {"text": "Under the blue flowerpot.", "citations": [], "passages": []}
    )
    for name in ("ben", "carl", "root"):
        with people.client(name) as client:
            assert conversation not in client.get("/api/conversations").text
            assert conversation not in client.get("/chat/conversations").text
            for path in (f"/api/conversations/{conversation}", f"/chat/conversation?id={conversation}",
                         f"/chat/export?id={conversation}", f"/chat/export?turn={turn}",
                         f"/chat/source?turn={turn}&note=1"):  # fmt: skip
                assert client.get(path).status_code == 404, path
            assert client.delete(f"/api/conversations/{conversation}").status_code == 404
            for action in ("rename", "delete", "judge"):
                body = {"id": conversation, "name": "x", "turn": turn}
                assert client.post(f"/chat/{action}", json=body, headers={"x-footnote": "1"}).status_code == 404
    with people.client("anna") as client:
        assert client.get(f"/api/conversations/{conversation}").status_code == 200


def test_a_footnote_of_a_document_that_is_no_longer_shared_shows_it_no_more(people):
    kept, carl = people.application.state.service.conversations, user_key(people, "carl")
    with people.client("carl") as client:
        answer = client.post("/api/answer", json={"question": "When does the gadolinium plan begin?"}).json()
        assert answer["citations"]
        conversation = kept.begin(carl, answer["question"])
        turn = kept.add(carl, conversation, answer["question"], answer)
        assert "four people" in client.get(f"/chat/source?turn={turn}&note=1").text
        users = {user.name: user for user in people.state.accounts.users()}
        people.state.accounts.set_rule("team", owner=users["anna"])
        try:
            assert "four people" not in client.get(f"/chat/source?turn={turn}&note=1").text
        finally:
            people.state.accounts.set_rule("team", owner=users["anna"], shared=[users["carl"]])


def test_the_same_file_of_two_people_is_two_documents(people):
    content = b"The lighthouse was built in 1871."
    for name in ("anna", "ben"):
        with people.client(name) as client:
            job = client.post("/api/documents", files={"files": ("light.txt", content)}).json()
            limit = time.monotonic() + 20
            while not job["done"] and time.monotonic() < limit:
                time.sleep(0.05)
                job = client.get(f"/api/jobs/{job['job']}").json()
            assert len(job["report"]["added"]) == 1
            with people.client("carl") as other:
                assert other.get(f"/api/jobs/{job['job']}").status_code == 404
    with people.client("anna") as anna, people.client("ben") as ben:
        mine = [info for info in anna.get("/api/documents").json()["documents"] if info["document_id"] == "light.txt"]
        assert [info["collection"] for info in mine] == ["~anna"]
        assert anna.delete(f"/api/documents/{mine[0]['key']}").status_code == 200
        found = ben.post("/api/search", json={"question": "lighthouse"}).json()["passages"][0]
        assert (
            "1871" in found["text"]
            and ben.post("/api/answer", json={"question": "When was the lighthouse built?"}).json()["citations"]
        )
        theirs = [info for info in ben.get("/api/documents").json()["documents"] if info["document_id"] == "light.txt"]
        assert ben.delete(f"/api/documents/{theirs[0]['key']}").status_code == 200


def test_nobody_takes_a_document_by_adding_it_again(people):
    """A page or a sample has the same source for everybody: adding it would move it to one's own collection."""
    with people.client("ben") as ben:
        for url in ("https://example.org/", "http://127.0.0.1/secret", "file:///etc/passwd"):
            assert ben.post("/api/pages", json={"url": url}).status_code in (400, 403), url
            sent = ben.post("/chat/fetch", json={"url": url}, headers={"x-footnote": "1"})
            assert sent.status_code in (400, 403), url
        path = people.state.index.catalog.documents()[0]["path"]
        with pytest.raises(Forbidden):
            people.state.rights.require_free(user_key(people, "ben"), [people.state.index.original_of(path)])


def test_a_page_is_not_fetched_from_inside(people):
    """Addresses of this machine and its network are refused, for administrators too."""
    with people.client("root") as root:
        for url in ("http://127.0.0.1:1/", "http://localhost/", "http://169.254.169.254/latest", "http://[::1]/"):
            job = root.post("/api/pages", json={"url": url}).json()
            limit = time.monotonic() + 20
            while not job["done"] and time.monotonic() < limit:
                time.sleep(0.05)
                job = root.get(f"/api/jobs/{job['job']}").json()
            assert not job["report"]["added"] and len(job["report"]["skipped"]) == 1, url


def test_a_page_from_inside_is_fetched_where_the_server_was_told_so(tmp_path, server):
    """``FOOTNOTE_FETCH_ALLOW`` counts for a running server as for a command, however the page is added."""
    for path in ("/a", "/b"):
        server.pages[path] = "<title>Wiki</title><body><main><p>The wiki has a page on cranes.</p></main>"
    with (
        team(tmp_path, people=False, local_only=True, fetch_allow=f" {server.address},10.0.0.1") as made,
        made.client(base_url="http://127.0.0.1") as client,
    ):
        client.get("/")
        jobs = [client.post("/api/pages", json={"url": server.url("/a")}).json()["job"]]
        jobs.append(
            client.post("/chat/fetch", json={"url": server.url("/b")}, headers={"x-footnote": "1"}).json()["job"]
        )
        for job in jobs:
            limit = time.monotonic() + 30
            while not made.state.service.jobs[job].done and time.monotonic() < limit:
                time.sleep(0.05)
            assert len(made.state.service.jobs[job].report.added) == 1, made.state.service.jobs[job].report
    with pytest.raises(FetchError, match="no such"), team(tmp_path / "other", fetch_allow="no such"):
        pass


def test_a_member_makes_and_shares_a_collection(people):
    with people.client("ben") as ben, people.client("carl") as carl, people.client("anna") as anna:
        assert ben.put("/api/collections/boats", json={"shared_with": ["Carl"]}).status_code == 200
        assert "boats" in carl.get("/api/collections").text and "boats" not in anna.get("/api/collections").text
        assert carl.put("/api/collections/boats", json={"public": True}).status_code == 403
        assert ben.put("/api/collections/boats", json={"shared_with": ["nobody"]}).status_code == 422
        assert ben.put("/api/collections/~dora", json={}).status_code == 404, "the beginning of another's account"
        assert ben.put("/api/collections/boats", json={}).status_code == 200
        assert "boats" not in carl.get("/api/collections").text


def test_figures_are_for_administrators(people):
    with people.client("anna") as anna, people.client("root") as root:
        assert anna.get("/metrics").status_code == 403
        assert root.get("/metrics").status_code == 200


def test_gradios_routes_are_closed_but_for_those_of_the_page(people):
    gradio = people.application.routes[-1].app
    paths = {re.sub(r"\{[^}]*\}", "x", path) for path in all_paths(gradio.routes)}
    assert len(paths) > 40 and {"/gradio_api/info", "/gradio_api/upload", "/gradio_api/dev/reload"} <= paths
    with people.client("anna") as anna:
        answered = {
            (method, path) for path in paths for method in ("GET", "POST")
            if anna.request(method, path, follow_redirects=False).status_code not in (404, 405)
        }  # fmt: skip
        assert answered <= {
            ("GET", "/"), ("GET", "/config"), ("GET", "/theme.css"), ("GET", "/favicon.ico"), ("GET", "/assets/x"),
            ("GET", "/static/x"), ("GET", "/gradio_api/app_id"), ("POST", "/gradio_api/queue/join"),
            ("POST", "/gradio_api/cancel"), ("GET", "/gradio_api/queue/data"),
            ("GET", "/login"), ("POST", "/login"), ("POST", "/logout"),  # our own of these names
        }, answered  # fmt: skip
        for closed in ("upload", "dev/reload", "info", "upload_progress", "file=/etc/passwd", "call/answer"):
            assert anna.get(f"/gradio_api/{closed}").status_code == 404
            assert anna.post(f"/gradio_api/{closed}").status_code in (404, 411)


def asked_in(client, session: str, question: str, number: int = 0):
    return client.post("/gradio_api/queue/join", json={
        "data": [question, {}], "fn_index": number, "session_hash": session, "event_data": None, "trigger_id": None,
    })  # fmt: skip


def read_in(address: str, client_headers: dict, session: str) -> str:
    """What the stream of a session says until it ends, or for two seconds."""
    url, said = f"{address}gradio_api/queue/data", ""
    with suppress(httpx.ReadTimeout), httpx.stream(
        "GET", url, params={"session_hash": session}, headers=client_headers, timeout=2
    ) as reply:  # fmt: skip
        for piece in reply.iter_text():
            said += piece
    return said


def test_the_stream_of_a_session_is_its_callers_own(people, address):
    headers = {name: {"authorization": f"Bearer {people.tokens[name]}"} for name in ("anna", "ben")}
    with httpx.Client(base_url=address, headers=headers["anna"]) as anna:
        assert asked_in(anna, "chosen-by-anna", "Where does Anna keep the zirconium key?").status_code == 200
    taken = read_in(address, headers["ben"], "chosen-by-anna")
    assert "flowerpot" not in taken and "process" not in taken
    with httpx.Client(base_url=address, headers=headers["ben"]) as ben:
        cancelled = {"session_hash": "chosen-by-anna", "fn_index": 0, "event_id": "x"}
        ben.post("/gradio_api/cancel", json=cancelled)
    assert "flowerpot" in read_in(address, headers["anna"], "chosen-by-anna")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{}", b"[" * 100_000, b'{"data": 1, "fn_index": 0, "session_hash": "a"}',
     b'{"data": [], "fn_index": 77, "session_hash": "a"}', b'{"data": [], "fn_index": "0", "session_hash": "a"}',
     b'{"data": [], "fn_index": 0, "session_hash": "../a"}', b'{"data": [], "fn_index": 0, "session_hash": 7}',
     b'{"data": [], "fn_index": 0, "session_hash": "\\ud800"}', b'{"data": [], "fn_index": 0}'],
    ids=["empty", "list", "null", "nothing", "deep", "data", "function", "text", "path", "number", "surrogate", "none"],
)  # fmt: skip
def test_what_the_page_does_not_send_is_refused(people, body):
    with people.client("anna", raise_server_exceptions=False) as anna:
        for path in ("/gradio_api/queue/join", "/gradio_api/cancel"):
            assert anna.post(path, content=body, headers={"content-type": "application/json"}).status_code == 400
        assert anna.get("/gradio_api/queue/data", params={"session_hash": "../x"}).status_code == 400
