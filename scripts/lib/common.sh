# What the scripts share: saying what happens, and installing what is missing. Sourced, never run.

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
fail() { printf '\033[31merror:\033[0m %s\n' "$*" >&2; exit 1; }

need() { # need COMMAND "how to get it"
  command -v "$1" >/dev/null 2>&1 || fail "$1 is missing. $2"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1; then sudo "$@"
  else fail "this needs root: $*"
  fi
}

find_browser() {
  local name
  for name in chromium chromium-browser; do
    if command -v "$name" >/dev/null 2>&1; then command -v "$name"; return 0; fi
  done
  return 1
}

# Chromium, since branded Chrome takes no extension from the command line any more.
install_browser() {
  if find_browser >/dev/null; then return 0; fi
  if command -v apt-get >/dev/null 2>&1; then
    say "Installing Chromium (apt)"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null \
      || as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium-browser >/dev/null
    find_browser >/dev/null && return 0
  fi
  fail "no Chromium found. Install it with your system's package manager (macOS: brew install --cask chromium; Fedora: dnf install chromium; Arch: pacman -S chromium) and run this again."
}

check_tools() {
  need cargo "Install Rust: https://rustup.rs"
  need node "Install Node.js 20 or newer: https://nodejs.org (only the build needs it)"
  need npm "It comes with Node.js: https://nodejs.org"
}
