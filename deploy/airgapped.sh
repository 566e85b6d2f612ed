#!/usr/bin/env bash
# Footnote on a machine without a network. On a machine with one, of the same kind and Python version:
#   deploy/airgapped.sh pack WHEELS          collects every wheel in a folder
# then carry the folder over and install from it alone:
#   deploy/airgapped.sh install WHEELS VENV  makes a virtual environment without asking any index; a wheel that is not
#                                            the one that was packed is refused
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
python="${PYTHON:-python3}"
what="${1:-}" wheels="${2:-}"
if [ -z "$wheels" ]; then
  sed -n '2,6p' "$0"
  exit 2
fi

# A requirement with its SHA-256 for each wheel, so that pip installs nothing else.
write_hashes() {
  "$python" - "$wheels" <<'PYTHON'
import hashlib, pathlib, sys

folder = pathlib.Path(sys.argv[1])
lines = []
for wheel in sorted(folder.glob("*.whl")):
    name, version = wheel.name.split("-")[:2]
    lines.append(f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
content = "\n".join(lines) + "\n"
(folder / "requirements.txt").write_text(content)
print(f"{len(lines)} wheels; the SHA-256 of {folder / 'requirements.txt'} is", hashlib.sha256(content.encode()).hexdigest())
PYTHON
}

case "$what" in
  pack)
    mkdir -p "$wheels"
    # shellcheck disable=SC2086  # PIP_ARGS are several words
    "$python" -m pip wheel --disable-pip-version-check -c "$here/constraints.txt" ${PIP_ARGS:-} -w "$wheels" "$here[openai]"
    write_hashes
    ;;
  hash)  # what pack does at its end
    write_hashes
    ;;
  install)
    venv="${3:?say where: deploy/airgapped.sh install WHEELS VENV}"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-index --find-links "$wheels" \
      --no-deps --require-hashes -r "$wheels/requirements.txt"
    "$venv/bin/footnote" --version
    ;;
  *)
    sed -n '2,6p' "$0"
    exit 2
    ;;
esac
