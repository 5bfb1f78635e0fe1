# Programs of npm that the tests use: exact versions from a committed lock file, in a folder under target/. Sourced, never run.

# The machine's Node, or one that is brought along where that is too old for the programs.
node_version=22.23.3

install_npm() { # install_npm FOLDER PLACE: what FOLDER/package-lock.json says is in PLACE/node_modules then, installed once
  mkdir -p "$2"
  if cmp -s "$1/package-lock.json" "$2/package-lock.json" && [ -d "$2/node_modules" ]; then return 0; fi
  cp "$1/package.json" "$1/package-lock.json" "$2/"
  (cd "$2" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || { rm -f "$2/package-lock.json"; return 1; }
}

node_in() { # node_in PLACE: prints a Node that is at least $node_version
  if node -e 'const [a, b] = [process.versions.node, process.argv[1]].map((v) => v.split(".").map(Number));
      process.exit(a[0] > b[0] || (a[0] === b[0] && a[1] >= b[1]) ? 0 : 1)' "$node_version"; then
    command -v node
    return 0
  fi
  local package place="$1/node"
  package="node-$(node -p 'process.platform + "-" + process.arch')"
  if [ ! -x "$place/node_modules/$package/bin/node" ]; then
    mkdir -p "$place"
    npm install --prefix "$place" --no-save --ignore-scripts --no-audit --no-fund --loglevel=error "$package@$node_version" >&2
  fi
  printf '%s\n' "$place/node_modules/$package/bin/node"
}
