"""What ships Footnote: read as its tools read it, and the rules that a person would check."""

from __future__ import annotations

import configparser
import dataclasses
import re
import shutil
import subprocess
import zipfile

import pytest
import yaml
from places import REPOSITORY

from footnoted.assistant.cli import _parser
from footnoted.assistant.settings import SECRETS, Settings

DEPLOY = REPOSITORY / "deploy"
VARIABLES = {f"FOOTNOTE_{field.name.upper()}" for field in dataclasses.fields(Settings)}
VARIABLES |= {f"FOOTNOTE_{name.upper()}_FILE" for name in SECRETS}


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their words, lines joined."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.M).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]  # type: ignore[misc]


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "footnote.service", "footnote-backup.service"])
def test_every_variable_is_a_setting_and_no_secret_is_written_down(name):
    text = (DEPLOY / name).read_text()
    shown = set(re.findall(r"\bFOOTNOTE_[A-Z_]+\b", text))
    assert shown and shown <= VARIABLES
    assert not re.search(r"FOOTNOTE_(PASSWORD|API_KEY)\s*[=:]", text), "a secret comes from a file"


def test_the_image_runs_as_nobody_special_and_tells_whether_it_is_well():
    found = instructions()
    names = [name for name, _ in found]
    assert set(names) <= {"FROM", "WORKDIR", "COPY", "ARG", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL",
                          "HEALTHCHECK", "ENTRYPOINT", "CMD"}  # fmt: skip
    assert all(":" in words and "latest" not in words for name, words in found if name == "FROM")
    last = len(names) - names[::-1].index("FROM")
    assert dict(found[last:])["USER"] == "footnote" and names.index("USER") < names.index("ENTRYPOINT")
    assert "/ready" in dict(found)["HEALTHCHECK"] and "ADD" not in names
    copied = " ".join(words for name, words in found if name == "COPY" and "--from" not in words).split()
    assert all((DEPLOY.parent / path).exists() for path in copied if path not in ("./", "."))
    command = re.findall(r'"([^"]+)"', dict(found)["CMD"])
    assert _parser().parse_args(command).host == "0.0.0.0"


def test_the_compose_file_is_closed_but_for_what_is_needed():
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    footnote = service["services"]["footnote"]
    assert footnote["read_only"] and footnote["cap_drop"] == ["ALL"]
    assert all(port.startswith("127.0.0.1:") for port in footnote["ports"])
    assert (DEPLOY / footnote["build"]["context"] / footnote["build"]["dockerfile"]).is_file()
    assert set(footnote["secrets"]) <= set(service["secrets"])
    assert {volume.split(":")[0] for volume in footnote["volumes"]} <= set(service["volumes"])


def test_the_unit_is_one():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / "footnote.service")
    assert set(unit) == {"DEFAULT", "Unit", "Service", "Install"}
    service = unit["Service"]
    assert service["User"] not in ("root", "") and service["ProtectSystem"] == "strict"
    words = service["ExecStart"].split()
    assert words[0].endswith("/bin/footnote") and _parser().parse_args(words[1:]).port == 7860


def test_the_script_for_machines_without_a_network_asks_no_index():
    text = (DEPLOY / "airgapped.sh").read_text()
    assert "--no-index" in text and subprocess.run(["bash", "-n", DEPLOY / "airgapped.sh"], check=False).returncode == 0
    if shutil.which("shellcheck"):
        subprocess.run(["shellcheck", DEPLOY / "airgapped.sh"], check=True)
    assert subprocess.run([DEPLOY / "airgapped.sh"], capture_output=True, check=False).returncode == 2


def test_the_timer_backs_up_the_folder_that_is_served():
    served, backed_up = ((DEPLOY / name).read_text() for name in ("footnote.service", "footnote-backup.service"))
    home = re.findall(r"Environment=FOOTNOTE_HOME=(\S+)", served)
    assert home and home == re.findall(r"Environment=FOOTNOTE_HOME=(\S+)", backed_up)
    (command,) = re.findall(r"footnote (backup \S+)", backed_up)
    assert _parser().parse_args(command.replace('"', "").split()).file
    assert "WantedBy=timers.target" in (DEPLOY / "footnote-backup.timer").read_text()


def test_an_air_gapped_installation_takes_the_wheels_that_were_packed_and_no_others(tmp_path):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel = wheels / "footnoted-0.0.1-py3-none-any.whl"
    information = "footnoted-0.0.1.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("footnote_stand_in.py", "def main():\n    print('footnote 0.0.1')\n")
        archive.writestr(f"{information}/METADATA", "Metadata-Version: 2.1\nName: footnoted\nVersion: 0.0.1\n")
        archive.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{information}/entry_points.txt", "[console_scripts]\nfootnote = footnote_stand_in:main\n")
        archive.writestr(f"{information}/RECORD", "")
    subprocess.run([DEPLOY / "airgapped.sh", "hash", wheels], check=True, capture_output=True)
    assert re.fullmatch(r"footnoted==0\.0\.1 --hash=sha256:[0-9a-f]{64}\n", (wheels / "requirements.txt").read_text())

    def installed(venv: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [DEPLOY / "airgapped.sh", "install", wheels, tmp_path / venv], check=False, capture_output=True, text=True,
        )  # fmt: skip

    assert installed("venv").stdout.endswith("footnote 0.0.1\n")
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("more.py", "")
    refused = installed("other")
    assert refused.returncode != 0 and "HASH" in refused.stderr.upper()
