#!/usr/bin/env bash
# Installs the clients that tests/clients lets talk to tabhub, once, under target/clients. The test runs it by itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/lib/common.sh
. scripts/lib/npm.sh

check_tools
place="${CARGO_TARGET_DIR:-$PWD/target}/clients"
install_npm tests/clients "$place"
# The programs find what is installed beside this link to them.
ln -sfn "$PWD/tests/clients" "$place/programs"
ln -sfn "$(node_in "$place")" "$place/node22"

# Exact versions, from requirements-LINE.txt; a folder of their own keeps the two lines of the SDK apart.
python_sdk() { # python_sdk LINE
  local folder="$place/python-$1" wanted="tests/clients/requirements-$1.txt" pip=(python3 -m pip)
  if cmp -s "$wanted" "$folder/requirements.txt"; then return 0; fi
  if ! "${pip[@]}" --version >/dev/null 2>&1; then
    [ -x "$place/pip/bin/pip" ] || python3 -m venv "$place/pip" || fail "Python has neither pip nor venv. Install one of them."
    pip=("$place/pip/bin/pip")
  fi
  rm -rf "$folder"
  "${pip[@]}" install --quiet --disable-pip-version-check --no-warn-conflicts --root-user-action=ignore --target "$folder" -r "$wanted"
  cp "$wanted" "$folder/requirements.txt"
}
need python3 "Install Python 3.10 or newer: https://www.python.org (only the tests need it)"
python_sdk 1
python_sdk 2
