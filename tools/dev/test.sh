# shellcheck shell=bash
# `./dev test [GROUP]`, `./dev sanitize`, `./dev fuzz`, `./dev fault` and `./dev ci`. Each group leaves a JUnit file in build/results; tools/sum_results.py adds them up.
# In CI what failed is run once more, alone, and told as unsteady where it passes then (ADR 0025).

results=build/results
groups=(unit contract integration web e2e)

do_test() {
  local wanted=("${groups[@]}") group failed=()
  if (($#)); then
    [[ " ${groups[*]} " = *" $1 "* ]] || fail "no group called $1 (${groups[*]})"
    wanted=("$1")
  fi
  setup
  build release
  [[ " ${wanted[*]} " != *" integration "* ]] || package
  rm -rf "$results"; mkdir -p "$results"
  for group in "${wanted[@]}"; do
    say "── $group"
    "test_$group" || failed+=("$group")
  done
  ((${#failed[@]} == 0)) || printf 'failed: %s\n' "${failed[*]}"
  "$python" tools/sum_results.py "$results" "${#failed[@]}"
}

test_unit() { run_ctest release unit; }
test_contract() { run_ctest release contract; }

# run_ctest PRESET LABEL
run_ctest() {
  ctest_once "$1" "$2" "$1-$2" -j "$(nproc)" && return
  [[ -n ${CI:-} ]] && ! grep -qE '(Address|Thread|Leak)Sanitizer|: runtime error: ' "$logs/ctest-$1-$2.log" && ctest_once "$1" "$2" "$1-$2.again" --rerun-failed
}

# ctest_once PRESET LABEL NAME OPTION…
ctest_once() {
  local preset=$1 label=$2 name=$3; shift 3
  ctest --test-dir "build/$preset" -L "^$label\$" --output-on-failure --no-tests=error \
    --output-junit "$PWD/$results/$name.xml" "$@" >"$logs/ctest-$name.log" 2>&1 </dev/null && { tail -n 4 "$logs/ctest-$name.log"; return; }
  grep -vE '^ *[0-9]+/[0-9]+ Test .*Passed|^ *Start ' "$logs/ctest-$name.log" | tail -n 200
  return 1
}

test_integration() { run_pytest integration tests/integration tests/sandbox; }

# run_pytest NAME PATH…
run_pytest() {
  local name=$1 status=0; shift
  local pytest=("$python" -m pytest -c tests/pytest.ini -q -o "cache_dir=$PWD/build/pytest")
  "${pytest[@]}" --junitxml "$results/$name.xml" "$@" </dev/null || status=$?
  if ((status == 1)) && [[ -n ${CI:-} ]]; then
    status=0
    "${pytest[@]}" --last-failed --junitxml "$results/$name.again.xml" "$@" </dev/null || status=$?
  fi
  return "$status"
}

test_web() {
  [[ -f web/package.json ]] || { echo 'no web page in this tree'; return 0; }
  npm --prefix web run typecheck </dev/null || return 1
  npm --prefix web run test -- --reporter=default --reporter=junit --outputFile.junit="$PWD/$results/web.xml" </dev/null
}

# Every journey on a real server with moto and faults, some with a Spark runtime or a Keycloak beside it; on the page's mock what no server brings about by itself yet.
test_e2e() {
  [[ -f web/playwright.config.ts ]] || { echo 'no browser journeys in this tree'; return 0; }
  local status=0
  PLAYWRIGHT_JUNIT_OUTPUT_NAME=$PWD/$results/e2e-mock.xml npm --prefix web run e2e -- --reporter=list,junit axe canary jobs unknown deploy lifecycle tasks aws frame </dev/null || status=1
  PLAYWRIGHT_JUNIT_OUTPUT_NAME=$PWD/$results/e2e.xml "$python" -m sandbox.journeys \
    npm --prefix web run e2e -- --reporter=list,junit </dev/null || status=1
  PLAYWRIGHT_JUNIT_OUTPUT_NAME=$PWD/$results/e2e-spark.xml "$python" -m sandbox.journeys --spark \
    npm --prefix web run e2e -- --reporter=list,junit spark </dev/null || status=1
  PLAYWRIGHT_JUNIT_OUTPUT_NAME=$PWD/$results/e2e-company.xml "$python" -m sandbox.journeys --company \
    npm --prefix web run e2e -- --reporter=list,junit company </dev/null || status=1
  return "$status"
}

# test_sanitizers PRESET…: the unit and contract suites under asan (address and undefined together) or tsan.
test_sanitizers() {
  local preset label status=0
  rm -rf "$results"; mkdir -p "$results"
  for preset in "$@"; do
    build "$preset"
    for label in unit contract; do
      say "── $label under $preset"
      run_ctest "$preset" "$label" || status=1
    done
  done
  "$python" tools/sum_results.py "$results" "$status"
}

# do_fuzz [TARGET] [SECONDS]: what was found interesting stays in build/fuzz, an input that fails as build/fuzz/TARGET-….
do_fuzz() {
  local target=${1:-all} seconds=${2:-60} program name found=0
  setup; build asan
  for program in build/asan/bin/*_fuzz; do
    [[ -x $program && ($target = all || $(basename "$program") = "${target%_fuzz}_fuzz") ]] || continue
    found=1
    name=$(basename "$program" _fuzz)
    mkdir -p "build/fuzz/$name"
    step "fuzz $name for $seconds s" "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
      -artifact_prefix="build/fuzz/$name-" "build/fuzz/$name" "tests/fuzz/corpus/$name"
  done
  ((found)) || fail "no fuzz target called $target"
}

# do_fault [ROUNDS [SEED]]: the server; do_fault spark [ROUNDS [SEED]]: the Spark runtime with all that belongs to it; do_fault spark-cluster [ROUNDS [SEED]]: the
# same with drivers on a cluster that misbehaves; do_fault spark-real [ROUNDS [SEED]]: the same as spark with real
# Spark, in tens of rounds; do_fault lifecycle [ROUNDS [SEED]]: life cycles from the configuration in AWS to the endpoint;
# do_fault deployments [ROUNDS [SEED]]: deployments and their removal, at each of their steps.
do_fault() {
  local program=campaign
  if [[ ${1:-} =~ ^(spark|spark-cluster|spark-real|lifecycle|deployments)$ ]]; then program=${1//-/_}; shift; fi
  setup; build release; "$python" -m "fault.$program" "$@"
}

# The suites wait on their peers more than they compute: what the sanitizers need is compiled in the time that they leave.
do_ci() {
  local asan tsan
  export CI=true
  setup
  say '── lint'; lint
  build release
  compile_ahead asan & asan=$!
  { tail --pid="$asan" -f /dev/null; compile_ahead tsan; } & tsan=$!
  do_test "$@"
  wait "$asan" || true  # what it could not build, the next stage tells
  if in_time 780 'address and undefined sanitizers'; then test_sanitizers asan; fi
  if in_time 330 'fuzz'; then do_fuzz all 10; fi
  if in_time 200 'faults'; then do_fault 10; fi
  if in_time 120 'faults of Spark'; then do_fault spark 30 7; fi  # the same throws of the dice in every run; half a minute
  if in_time 1650 'thread sanitizer'; then wait "$tsan" || true; test_sanitizers tsan; fi
}

# in_time SECONDS NAME: whether a stage that needs so many still fits into the 90 minutes of a run. On a machine so slow that it does not, it is left to a
# person, and said.
in_time() {
  if ((SECONDS + $1 > 5250)); then
    say "── no time is left for $2 after $SECONDS s: ./dev sanitize, fuzz, fault"
    return 1
  fi
  say "── $2"
}

# compile_ahead PRESET: at the lowest priority.
compile_ahead() {
  renice -n 19 "$BASHPID" >/dev/null
  build "$1" >"$logs/ahead-$1.log" 2>&1
}
