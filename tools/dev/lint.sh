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

# tidy [--all]: reads the asan build's compile commands, whose precompiled headers clang-tidy can use. A file costs 20 s of a core, so that
# CI looks at no more than tidy_most of those that changed; `./dev lint --all` looks at everything.
tidy_most=30

tidy() {
  local files
  mapfile -t files < <(tidy_files "${1:-}")
  ((${#files[@]})) || { echo 'clang-tidy: no C++ file has changed'; return 0; }
  if [[ ${1:-} != --all ]] && ((${#files[@]} > tidy_most)); then
    echo "clang-tidy: ${#files[@]} files have changed, the $tidy_most that changed last are looked at"
    files=("${files[@]:0:tidy_most}")
  fi
  build asan
  step "clang-tidy on ${#files[@]} files" tidy_each "${files[@]}"
}

tidy_each() { printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" clang-tidy-19 -p build/asan --quiet; }

# Changed files, those of the latest commits first: since LINT_BASE, else since the branch left origin, else in the last ten commits.
tidy_files() {
  if [[ $1 = --all ]]; then git ls-files -- 'src/*.cpp'; return; fi
  local base; base=${LINT_BASE:-$(git merge-base HEAD origin/HEAD 2>/dev/null || true)}
  [[ -n $base && $(git rev-parse "$base") != $(git rev-parse HEAD) ]] || base=$(git rev-list --max-count=11 HEAD | tail -n 1)
  { git diff --name-only --diff-filter=d HEAD -- 'src/*.cpp'; git log --name-only --diff-filter=d --format= "$base..HEAD" -- 'src/*.cpp'; } |
    awk '!seen[$0]++' | while read -r file; do [[ ! -f $file ]] || echo "$file"; done
}
