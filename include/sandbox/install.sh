#!/usr/bin/env bash
# install.sh VENV REQUIREMENTS: a virtual environment with the locked requirements. Uses uv, fetched where it is missing.
set -euo pipefail
venv=$1 requirements=$2

fits() { "$1" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1; }

if ! fits "$venv/bin/python"; then
  for python in "${PYTHON:-python3}" python3.12 python3.11 python; do
    if command -v "$python" >/dev/null 2>&1 && fits "$python"; then break; fi
    python=
  done
  if [ -z "$python" ]; then
    echo "No Python 3.11 or 3.12 was found: install one, or name it with PYTHON=/path/to/python3.12." >&2
    exit 1
  fi
  rm -rf "$venv"
  if ! "$python" -m venv "$venv"; then
    echo "$python cannot make virtual environments: install its venv module (Debian: apt-get install python3-venv)." >&2
    exit 1
  fi
fi

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
  uv=$venv/bin/uv
  [ -x "$uv" ] || "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv>=0.9"
fi
echo "Installing $requirements into $venv ..."
"$uv" pip install --quiet --python "$venv/bin/python" --requirement "$requirements"
# Once here, not in every process: containers often forbid Python to keep what it compiles. A package may hold files that
# are no Python of this version.
"$venv/bin/python" -m compileall -qq -j 0 "$venv/lib" || true
