# shellcheck shell=bash
# `./dev lint [--all]` and `./dev fmt`.

sources() { git ls-files -z --cached --others --exclude-standard -- 'src/*.cpp' 'src/*.hpp' 'tests/*.cpp' 'tests/*.hpp'; }

# format -i | format --dry-run --Werror
format() { sources | xargs -0 -r clang-format-19 "$@"; }

lint() {
  step 'format' format --dry-run --Werror
  step 'layers' "$python" tools/check_layers.py
  step 'shell scripts' lint_shell
  step 'python' lint_python
  [[ ! -f api/openapi.yaml || ! -f web/package.json ]] || step 'openapi' npm --prefix web run lint:api
  [[ ${CI:-} = true ]] || tidy "$@"
}

lint_shell() {
  local scripts
  mapfile -t scripts < <(git grep -lE '^#!.*\b(ba)?sh\b' -- ':!web' ':!docs')
  shellcheck -x -a "${scripts[@]}"
}

# Undefined names too: a test that only fails where it ends badly must not slip through.
lint_python() {
  local files
  mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.py')
  "$python" -m pyflakes "${files[@]}"
}

# tidy [--all]: reads the asan build's compile commands, whose precompiled headers clang-tidy can use (those of g++ it cannot).
tidy() {
  local files
  mapfile -t files < <(tidy_files "${1:-}")
  ((${#files[@]})) || { echo 'clang-tidy: no C++ file has changed'; return 0; }
  [[ -f build/asan/build.ninja ]] || step 'configure asan' cmake --preset asan
  step 'precompiled headers' ninja -C build/asan slipway_pch slipway_test_pch
  step "clang-tidy on ${#files[@]} files" tidy_each "${files[@]}"
}

# Of tests only what could hide a failure.
tidy_narrow=--checks='-*,bugprone-use-after-move'

tidy_each() {
  local status=0
  printf '%s\n' "$@" | awk '!/_test\.cpp$/' | tidy_some || status=1
  printf '%s\n' "$@" | awk '/_test\.cpp$/' | tidy_some "$tidy_narrow" || status=1
  return "$status"
}

tidy_some() { xargs -r -d '\n' -n 1 -P "$(nproc)" clang-tidy-19 -p build/asan --quiet "$@"; }

# Changed files, those of the latest commits first: since LINT_BASE, else since the branch left origin, else in the last ten commits.
tidy_files() {
  if [[ $1 = --all ]]; then git ls-files -- 'src/*.cpp'; return; fi
  local base; base=${LINT_BASE:-$(git merge-base HEAD origin/HEAD 2>/dev/null || true)}
  [[ -n $base && $(git rev-parse "$base") != $(git rev-parse HEAD) ]] || base=$(git rev-list --max-count=11 HEAD | tail -n 1)
  { git diff --name-only --diff-filter=d HEAD -- 'src/*.cpp'; git log --name-only --diff-filter=d --format= "$base..HEAD" -- 'src/*.cpp'; } |
    awk '!seen[$0]++' | while read -r file; do [[ ! -f $file ]] || echo "$file"; done
}
