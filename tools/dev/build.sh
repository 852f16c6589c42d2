# shellcheck shell=bash
# `./dev build [PRESET]`.

# build PRESET [TARGET…]: everything, or what is named.
build() {
  local preset=$1 jobs; jobs=$(nproc)
  shift
  [[ $preset =~ ^(release|debug|asan|tsan)$ ]] || fail "no preset called $preset"
  [[ $preset != release ]] || build_web
  [[ -f build/$preset/build.ninja ]] || step "configure $preset" cmake --preset "$preset"
  if [[ -t 1 ]]; then
    NINJA_STATUS="build $preset [%f/%t %es] " ninja -C "build/$preset" -j "$jobs" "$@"  # a person sees how far it is
  else
    step "build $preset" ninja -C "build/$preset" -j "$jobs" "$@"
  fi
}

# The page is embedded in the release binary; it is built again only when something it is made of has changed.
build_web() {
  [[ -f web/package.json ]] || return 0
  local hash; hash=$(web_sources | xargs -0 sha256sum | sha256sum | cut -c1-16)
  done_before web "$hash" && [[ -f build/web/index.html ]] && return
  step 'build the web page' npm --prefix web run build
  remember web "$hash"
}

web_sources() {
  find web api -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' -not -name '*.gen.ts' -print0 | sort -z
}
