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
