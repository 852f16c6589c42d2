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

lint_python() {
  local files
  mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.py')
  "$python" -c 'import ast, sys; [ast.parse(open(f, encoding="utf-8").read(), f) for f in sys.argv[1:]]' "${files[@]}"
}

# tidy [--all]: reads the asan build's compile commands, whose precompiled headers clang-tidy can use.
tidy() {
  local files
  mapfile -t files < <(tidy_files "${1:-}")
  ((${#files[@]})) || { echo 'clang-tidy: no C++ file has changed'; return 0; }
  build asan
  step "clang-tidy on ${#files[@]} files" tidy_each "${files[@]}"
}

tidy_each() { printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" clang-tidy-19 -p build/asan --quiet; }

tidy_files() {
  if [[ $1 = --all ]]; then
    git ls-files -- 'src/*.cpp'
  else
    git diff --name-only --diff-filter=d "$(git merge-base HEAD "${LINT_BASE:-origin/HEAD}" 2>/dev/null || git rev-parse HEAD)" -- 'src/*.cpp'
  fi
}
