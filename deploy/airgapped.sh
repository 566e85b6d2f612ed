#!/usr/bin/env bash
# Footnote on a machine without a network. On a machine with one, of the same kind and Python version:
#   deploy/airgapped.sh pack WHEELS          collects every wheel in a folder
# then carry the folder over and install from it alone:
#   deploy/airgapped.sh install WHEELS VENV  makes a virtual environment without asking any index
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
python="${PYTHON:-python3}"
what="${1:-}" wheels="${2:-}"
if [ -z "$wheels" ]; then
  sed -n '2,5p' "$0"
  exit 2
fi

case "$what" in
  pack)
    mkdir -p "$wheels"
    # shellcheck disable=SC2086  # PIP_ARGS are several words
    "$python" -m pip wheel --disable-pip-version-check -c "$here/constraints.txt" ${PIP_ARGS:-} -w "$wheels" "$here[openai]"
    cp "$here/constraints.txt" "$wheels/"
    ;;
  install)
    venv="${3:?say where: deploy/airgapped.sh install WHEELS VENV}"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-index --find-links "$wheels" \
      -c "$wheels/constraints.txt" "footnoted[openai]"
    "$venv/bin/footnote" --version
    ;;
  *)
    sed -n '2,5p' "$0"
    exit 2
    ;;
esac
