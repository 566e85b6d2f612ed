"""What is uploaded and not wanted does not stay on the disk."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from server_doubles import team

from footnoted.assistant.web.documents.uploads import sweep
from footnoted.index.errors import IndexBusy


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    with team(tmp_path_factory.mktemp("uploads")) as made:
        yield made


def on_disk(people) -> list[str]:
    uploads: Path = people.state.service.uploads
    return sorted(path.name for path in uploads.rglob("*") if path.is_file()) if uploads.is_dir() else []


def uploaded(people, client, name: str, data: bytes):
    """The job of an upload when it is done."""
    job = client.post("/api/documents", files={"files": (name, data)}).json()["job"]
    limit = time.monotonic() + 30
    while not people.state.service.jobs[job].done and time.monotonic() < limit:
        time.sleep(0.02)
    return people.state.service.jobs[job]


def test_what_can_never_be_read_is_deleted_and_told(people) -> None:
    with people.client("ben") as ben:
        for name, data in (("program.exe", b"MZ\0\0"), ("empty.txt", b"")):
            job = uploaded(people, ben, name, data)
            (reason,) = job.report.skipped.values()
            assert name in reason
        assert on_disk(people) == []
        assert [
            one["source"] for one in ben.get("/api/documents").json()["documents"] if one["status"] != "ready"
        ] == []
        uploaded(people, ben, "damaged.pdf", b"%PDF nothing")
        uploaded(people, ben, "letter.txt", b"The letter is from 1871.")
        assert on_disk(people) == ["damaged.pdf", "letter.txt"], "it stays in the list, from where it is removed"
        failed = [one for one in ben.get("/api/documents").json()["documents"] if one["status"] == "failed"]
        assert len(failed) == 1
        assert ben.delete(f"/api/documents/{failed[0]['key']}").status_code == 200
        assert on_disk(people) == ["letter.txt"]


def test_a_refused_or_failed_upload_leaves_nothing(people, monkeypatch) -> None:
    before = on_disk(people)

    def busy(*_: object, **__: object) -> None:
        raise IndexBusy("The index is being written by another process.")

    with people.client("ben") as ben:
        monkeypatch.setattr(people.state.index, "add", busy)
        assert "written by another" in uploaded(people, ben, "later.txt", b"Later.").error
        assert on_disk(people) == before

        def refuse(*_: object) -> None:
            raise IndexBusy("no")

        monkeypatch.setattr(people.state.service, "start_adding", refuse)
        files = [("files", ("one.txt", b"one")), ("files", ("two.txt", b"two"))]
        assert ben.post("/api/documents", files=files).status_code == 503
        assert ben.post("/chat/upload", files=files, headers={"x-footnote": "1"}).status_code == 400
        assert on_disk(people) == before


def test_uploads_that_were_never_finished_are_swept_away_at_the_next_start(people) -> None:
    uploads = people.state.service.uploads
    kept = on_disk(people)
    for name, age in (("old.txt", 90_000), ("new.txt", 60)):
        path = uploads / f"{age:016x}" / name
        path.parent.mkdir(parents=True)
        path.write_text("left behind")
        os.utime(path, (time.time() - age,) * 2)
    for path in uploads.rglob("letter.txt"):
        os.utime(path, (0, 0))
    sweep(people.state.index, uploads)
    assert on_disk(people) == sorted([*kept, "new.txt"])
