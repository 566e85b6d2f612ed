"""The door of the server: who is let in, from where, how large, how often, and what is never said."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from server_doubles import PASSWORD, team

from footnoted.assistant.errors import Busy
from footnoted.assistant.server import metrics
from footnoted.assistant.server.accounts.callers import DEVICE_COOKIE, SESSION_COOKIE
from footnoted.assistant.server.accounts.login import inside
from footnoted.assistant.server.limits import Allowed, Attempts, Gate, Rate
from footnoted.assistant.web import guard
from footnoted.assistant.web.routes import ROUTES

PART = b'--b\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
PAGE = {"accept": "text/html"}


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    with team(tmp_path_factory.mktemp("people"), upload_megabytes=1, trusted_proxies="10.0.0.0/8",
              proxy_user_header="X-Remote-User") as made:  # fmt: skip
        yield made


@pytest.fixture(autouse=True)
def fresh_limits(people):
    people.state.attempts = Attempts()
    people.state.rate = Rate(100_000)


def login(client, name="anna", password=PASSWORD, **options):
    form = {"name": name, "password": password, "next": options.pop("next", "/")}
    return client.post("/login", data=form, follow_redirects=False, **options)


def test_a_browser_logs_in_and_out(people):
    with people.client() as client:
        asked = client.get("/", headers=PAGE, follow_redirects=False)
        assert asked.status_code == 303 and asked.headers["location"] == "/login?next=/"
        page = client.get("/login")
        assert "<script" not in page.text and "form-action 'self'" in page.headers["content-security-policy"]
        entered = login(client)
        assert entered.status_code == 303 and entered.headers["location"] == "/"
        cookie = entered.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
        assert client.get("/", headers=PAGE).status_code == 200
        secret = client.cookies[SESSION_COOKIE]
        assert client.post("/logout", follow_redirects=False).status_code == 303
        client.cookies.set(SESSION_COOKIE, secret)
        assert client.get("/chat/state").status_code == 401, "the session itself has ended"


def test_a_cookie_is_secure_over_https(people):
    with people.client(base_url="https://testserver") as client:
        assert "Secure" in login(client).headers["set-cookie"]
    with people.client(client=("10.0.0.1", 5)) as client:
        assert "Secure" in login(client, headers={"x-forwarded-proto": "https"}).headers["set-cookie"]
    with people.client(client=("192.0.2.1", 5)) as client:
        assert "Secure" not in login(client, headers={"x-forwarded-proto": "https"}).headers["set-cookie"]


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil", "javascript:alert(1)", "/a\r\nx: y"]
)
def test_a_login_leads_nowhere_else(people, target):
    assert inside(target) == "/"
    with people.client() as client:
        assert login(client, next=target).headers["location"] == "/"


def test_guessing_is_slowed_down(people):
    with people.client() as client:
        for _ in range(5):
            assert login(client, password="wrong password").status_code == 401
        waiting = login(client)
        assert waiting.status_code == 429 and int(waiting.headers["retry-after"]) >= 1
        assert login(client, name="ben").status_code == 303, "another person on the same machine is not locked out"


def from_address(address: str) -> dict[str, str]:
    """What the trusted proxy says of a client."""
    return {"x-forwarded-for": address}


def test_guesses_made_at_once_count_before_they_are_checked(people, monkeypatch):
    checked: list[str] = []

    def slowly(name: str, password: str) -> None:
        checked.append(password)
        time.sleep(0.05)

    monkeypatch.setattr(people.state.accounts, "check_password", slowly)
    with people.client() as client, ThreadPoolExecutor(40) as threads:
        replies = list(threads.map(lambda number: login(client, password=f"guess {number}"), range(40)))
    assert len(checked) == 5
    assert sorted({reply.status_code for reply in replies}) == [401, 429]


def test_guesses_from_elsewhere_do_not_lock_a_name_out(people):
    now = [0.0]
    people.state.attempts = Attempts(lambda: now[0])
    with people.client(client=("10.0.0.1", 5)) as client:
        for turn in range(100):
            login(client, "root", f"guess {turn}", headers=from_address(f"192.0.2.{turn % 50}"))
        asked = login(client, "root", headers=from_address("198.51.100.1"))
        assert asked.status_code == 303 or int(asked.headers["retry-after"]) <= 5
        now[0] += 5
        assert login(client, "root", headers=from_address("198.51.100.1")).status_code == 303


def test_a_browser_that_is_known_is_let_through_whatever_others_try(people):
    with people.client(client=("10.0.0.1", 5)) as client:
        assert login(client, headers=from_address("198.51.100.1")).status_code == 303
        device = client.cookies[DEVICE_COOKIE]
        client.cookies.clear()
        for number in range(60):
            login(client, "anna", "a wrong guess", headers=from_address(f"192.0.2.{number}"))
        assert login(client, headers=from_address("198.51.100.2")).status_code == 429, "an unknown one waits"
        client.cookies.set(DEVICE_COOKIE, device)
        assert login(client, headers=from_address("198.51.100.2")).status_code == 303
        for _ in range(5):
            assert login(client, password="a wrong guess").status_code == 401
        assert login(client).status_code == 429, "it may not guess any more than others"
        assert login(client, "ben", headers=from_address("198.51.100.3")).status_code == 303
        client.cookies.set(DEVICE_COOKIE, device)
        assert not people.state.accounts.knows_device("ben", device), "it is known for one person"


def test_an_address_of_many_is_one_client(people):
    with people.client(client=("10.0.0.1", 5)) as client:
        for number in range(5):
            login(client, "anna", "a wrong guess", headers=from_address(f"2001:db8::{number}"))
        assert login(client, headers=from_address("2001:db8::77")).status_code == 429
        assert login(client, headers=from_address("2001:db8:0:1::1")).status_code == 303


def test_a_success_does_not_make_new_guesses_free(people):
    with people.client() as client:
        for number in range(20):
            assert login(client, f"nobody{number}", "a wrong guess").status_code == 401
        people.state.attempts.succeeded({"passwords from testclient": Allowed(20)}, "")
        assert login(client, "ben").status_code == 303
        assert login(client, "nobody", "a wrong guess").status_code == 401, "the one that was no mistake"
        assert login(client, "nobody", "a wrong guess").status_code == 429


def test_wrong_tokens_behind_a_proxy_block_only_who_sent_them(people):
    made = people.state.accounts.add_token("carl")
    wrong = [f"{made[:-43]}{number:043d}" for number in range(8)]
    with people.client(client=("10.0.0.1", 5)) as client:

        def asked(token: str, address: str) -> int:
            headers = {"authorization": f"Bearer {token}", **from_address(address)}
            return client.get("/api/collections", headers=headers).status_code

        assert [asked(token, "192.0.2.1") for token in wrong] == [401] * 5 + [429] * 3
        assert asked(made, "198.51.100.1") == 200
        assert asked(made, "192.0.2.1") == 200, "it is known by now"


def test_the_first_requests_of_a_token_may_come_at_once(people):
    made = people.state.accounts.add_token("carl")
    with people.client() as client, ThreadPoolExecutor(30) as threads:
        headers = {"authorization": f"Bearer {made}"}
        asked = threads.map(lambda _: client.get("/api/collections", headers=headers).status_code, range(30))
        assert list(asked) == [200] * 30


def test_a_wait_has_an_end(people):
    attempts = Attempts(lambda: 0.0)
    attempts._failed["a"] = (5000, 0.0)
    assert attempts.take({"a": Allowed(5, longest=7.0)}) == 7


def test_what_a_page_says_is_escaped(people):
    with people.client() as client:
        page = client.get("/login", params={"next": '"><script>alert(1)</script>'})
        assert "<script" not in page.text


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
     {"sec-fetch-site": "same-site"}, {"origin": "http://testserver.evil.example"}],
)  # fmt: skip
def test_another_site_may_not_write(people, headers):
    with people.client() as client:
        login(client)
        for path in ("/api/answer", "/chat/delete", "/logout", "/login", "/api/documents", "/gradio_api/queue/join"):
            assert client.post(path, json={"question": "x"}, headers=headers).status_code == 403, path
        assert "access-control-allow-origin" not in client.get("/api/collections", headers=headers).headers
        same = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
        assert client.post("/api/search", json={"question": "tram"}, headers=same).status_code == 200


def test_a_proxy_is_believed_where_it_is_trusted_only(people):
    with people.client(client=("10.1.2.3", 5)) as client:
        assert client.get("/chat/state", headers={"x-remote-user": "carl"}).status_code == 200
        assert client.get("/chat/state", headers={"x-remote-user": "car\tl"}).status_code == 401
    with people.client(client=("192.0.2.1", 5)) as client:
        assert client.get("/chat/state", headers={"x-remote-user": "root"}).status_code == 401
        forged = {"x-remote-user": "root", "x-forwarded-for": "10.1.2.3"}
        assert client.get("/chat/state", headers=forged).status_code == 401


@pytest.mark.parametrize("path", ["/login", "/health", "/api/docs", "/", "/api/answer", "/gradio_api/info", "/nothing"])
def test_every_reply_is_guarded(people, path):
    with people.client() as client:
        reply = client.get(path, follow_redirects=False)
        assert "default-src" in reply.headers["content-security-policy"]
        assert reply.headers["x-content-type-options"] == "nosniff" and reply.headers["x-request-id"]


def test_a_body_is_refused_before_it_is_read(people):
    with people.client("anna") as client:
        large = client.post("/api/answer", content=b"x" * 1_000_001, headers={"content-type": "application/json"})
        assert large.status_code == 413 and large.json()["error"]["code"] == "too_large"
        assert client.post("/api/documents", files={"files": ("a.txt", b"x" * 1_100_000)}).status_code == 413
        unsaid = client.post("/api/answer", content=iter([b"{}"]), headers={"content-type": "application/json"})
        assert unsaid.status_code == 411
        endless = client.post("/api/documents", content=itertools.chain([PART], (b"x" * 100_000 for _ in range(100))),
                              headers={"content-type": "multipart/form-data; boundary=b"})  # fmt: skip
        assert endless.status_code == 413


def test_the_name_of_the_host_counts_when_it_is_set(people):
    people.state.hosts = {"docs.example.org"}
    try:
        with people.client("anna") as client:
            assert client.get("/api/collections", headers={"host": "docs.example.org"}).status_code == 200
            assert client.get("/api/collections", headers={"host": "docs.example.org:8000"}).status_code == 200
            assert client.get("/api/collections", headers={"host": "evil.example"}).status_code == 421
    finally:
        people.state.hosts = set()


def test_each_user_has_so_many_requests(people):
    people.state.rate = Rate(60)
    with people.client("anna") as anna, people.client("ben") as ben:
        statuses = [anna.get("/api/collections").status_code for _ in range(17)]
        assert statuses[:15] == [200] * 15 and statuses[-1] == 429
        assert int(anna.get("/api/collections").headers["retry-after"]) >= 1
        assert ben.get("/api/collections").status_code == 200
        assert anna.get("/health").status_code == 200


def test_a_log_line_has_what_is_needed_and_no_secret(people, caplog):
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record):
            lines.append(metrics.JsonLines().format(record))

    handler = Kept()
    metrics.LOG.addHandler(handler)
    metrics.LOG.setLevel(logging.INFO)
    people.state.settings = people.state.settings.__class__(
        **{name: getattr(people.state.settings, name) for name in people.state.settings.__slots__}
        | {"log_format": "json"}
    )
    try:
        with people.client() as client:
            login(client)
            client.post("/api/answer", json={"question": "When was the tram line approved?"})
        with people.client("anna") as client:
            client.get("/api/collections", headers={"x-request-id": "number-1"})
    finally:
        metrics.LOG.removeHandler(handler)
    text = "\n".join(lines)
    assert '"request_id": "number-1"' in text and '"user": "anna"' in text and '"stages": {' in text
    assert PASSWORD not in text and people.tokens["anna"] not in text and "tram line approved" not in text


def test_websockets_are_closed(people):
    from starlette.websockets import WebSocketDisconnect

    with people.client("anna") as client, pytest.raises(WebSocketDisconnect), client.websocket_connect("/"):
        pass


def test_a_line_is_served_in_order_and_has_an_end():
    async def run() -> list:
        gate, seen = Gate(1, 2), []

        async def ask(name: str, hold: asyncio.Event) -> None:
            async with gate.place() as place:
                seen.append((name, place.number))
                async for _ in place.come(every=0.01):
                    pass
                seen.append(name)
                await hold.wait()

        holds = [asyncio.Event() for _ in range(3)]
        tasks = []
        for name, hold in zip("abc", holds, strict=True):
            tasks.append(asyncio.create_task(ask(name, hold)))
            await asyncio.sleep(0.01)
        with pytest.raises(Busy):
            async with gate.place():
                pass
        tasks[1].cancel()  # one who waits goes away
        await asyncio.sleep(0.01)
        assert (gate.waiting, gate.running) == (1, 1)
        holds[0].set()
        await asyncio.sleep(0.05)
        holds[2].set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (gate.waiting, gate.running) == (0, 0)
        return seen

    assert asyncio.run(run()) == [("a", 0), "a", ("b", 1), ("c", 2), "c"]


def test_a_bucket_fills_evenly_and_forgets_the_oldest():
    now = [0.0]
    rate = Rate(60, clock=lambda: now[0])
    assert [rate.take("a") for _ in range(16)] == [0] * 15 + [1]
    now[0] += 1.0
    assert (rate.take("a"), rate.take("a")) == (0, 1)
    for number in range(10_001):
        rate.take(str(number))
    assert len(rate._held) == 10_000


def test_a_slow_client_is_not_waited_for(people, monkeypatch):
    from footnoted.assistant.server import limits

    async def run() -> float:
        async def nothing():
            await asyncio.sleep(60)

        begun = time.monotonic()
        with pytest.raises(Busy, match="too long to arrive"):
            await limits.limited(nothing, 100, client_seconds=0.05)()
        return time.monotonic() - begun

    assert asyncio.run(run()) < 5


@pytest.mark.parametrize(
    "host", ["[::1].evil.com", "127.0.0.1:80.evil.com", "127.0.0.1.evil.com", "[127.0.0.1", "localhost:x", "::1]:80",
             "localhost@evil.com", "127.0.0.1:80:80", "evil.com:80", "[::1]x:80", "127.0.0.1:"]
)  # fmt: skip
def test_what_only_begins_like_this_machine_is_not_it(host):
    assert not guard.is_loopback(host)


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1:9999", "https://evil.example"])
def test_no_other_port_may_read_what_the_cookies_open(people, origin):
    with people.client() as client:
        login(client)
        asked = {"origin": origin, "access-control-request-method": "POST", "host": "localhost"}
        for path in ("/", "/config", "/theme.css", "/gradio_api/queue/join", "/api/collections", "/chat/state"):
            for method in ("GET", "OPTIONS"):
                reply = client.request(method, path, headers=asked)
                assert not [name for name in reply.headers if name.startswith("access-control")], (method, path)


DEEP = "[" * 100_000
HOSTILE = ["\ud800", "\0", DEEP, "9" * 5000, "-1", "1e999", "\u202e", "../../etc/passwd", "'; DROP TABLE turns; --", ""]


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_no_value_of_the_pages_own_routes_is_an_error_of_the_server(people, route):
    method, _, action = route.partition("_")
    takes = ROUTES[route].__code__.co_varnames[2 : ROUTES[route].__code__.co_argcount]
    with people.client("ben", raise_server_exceptions=False) as client:
        for value in HOSTILE:
            everything = dict.fromkeys(takes, value)
            for values in (everything, *({name: value} for name in takes)):
                if method == "get":
                    shorter = {name: text[:1500].encode("utf-8", "replace") for name, text in values.items()}
                    reply = client.get(f"/chat/{action}", params=shorter)
                else:
                    reply = client.post(f"/chat/{action}", content=json.dumps(values), headers={"x-footnote": "1"})
                assert reply.status_code < 500, (route, values if len(value) < 100 else value[:20])


@pytest.mark.parametrize(
    "body", [DEEP, '{"a":' * 50_000, '{"id": ' + DEEP + "]" * 100_000 + "}", "\xff", '{"name": "\\ud800"}']
)
@pytest.mark.parametrize("path", ["/chat/import", "/chat/rename", "/chat/question", "/api/answer", "/api/search",
                                  "/v1/chat/completions", "/mcp", "/control/call", "/api/pages"])  # fmt: skip
def test_no_body_is_an_error_of_the_server(people, path, body):
    headers = {"x-footnote": "1", "content-type": "application/json", "accept": "application/json, text/event-stream"}
    with people.client("ben", raise_server_exceptions=False) as client:
        assert client.post(path, content=body.encode("latin-1"), headers=headers).status_code < 500


def test_half_a_surrogate_pair_is_no_error_of_the_server(people):
    half = "\ud800"
    bodies = {
        "/api/answer": {"question": f"tram {half}", "history": [{"role": "user", "content": half}], "search_for": half,
                        "filter": {"sources": [half], "collections": ["default"], "title": half, "types": [half],
                                   "metadata": {half: half}}},
        "/api/search": {"question": half, "filter": {"title": half, "metadata": {"a": [half]}}},
        "/v1/chat/completions": {"messages": [{"role": "user", "content": f"tram {half}"}], "model": half},
    }  # fmt: skip
    with people.client("ben", raise_server_exceptions=False) as client:
        for path, body in bodies.items():
            reply = client.post(path, content=json.dumps(body), headers={"content-type": "application/json"})
            assert reply.status_code < 500, (path, reply.text)
        sharing = json.dumps({"public": False, "shared_with": [half]})
        assert client.put("/api/collections/team2", content=sharing).status_code < 500
        for path in ("api/conversations/", "api/documents/", "api/jobs/", "chat/", "api/conversations?search=",
                     "chat/conversation?id="):  # fmt: skip
            assert client.get(f"/{path}%ED%A0%80").status_code < 500, path
