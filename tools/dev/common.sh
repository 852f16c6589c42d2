# shellcheck shell=bash
# Shared by the verbs of ./dev: messages, timed steps, stamps.

python=build/venv/bin/python
logs=build/logs
export PYTHONPATH=$PWD/tests PYTHONDONTWRITEBYTECODE=1
export PATH=$PWD/build/tools/bin:$PATH

say() { printf '\033[1m%s\033[0m\n' "$*"; }
fail() { printf './dev: %s\n' "$*" >&2; exit 1; }

as_root() { if [[ $(id -u) = 0 ]]; then "$@"; else sudo "$@"; fi; }

# step TITLE COMMAND…: says what it does, then how long it took; the end of the output only where it failed.
step() {
  local title=$1 log begin=$EPOCHREALTIME status=0
  shift
  mkdir -p "$logs"
  log=$logs/$(printf %s "$title" | tr -cs 'A-Za-z0-9' '-').log
  printf '%s … ' "$title"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if ((status)); then
    printf 'failed (%s s)\n' "$(seconds_since "$begin")"
    tail -n 60 "$log"
    printf './dev: %s failed; all of its output is in %s\n' "$title" "$log" >&2
    return "$status"
  fi
  printf '%s s\n' "$(seconds_since "$begin")"
}

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }

# fingerprint FILE…: one hash over names and contents.
fingerprint() { sha256sum "$@" | sha256sum | cut -c1-16; }

# done_before NAME HASH, remember NAME HASH: a step need not be repeated while what it reads stays the same.
done_before() { [[ -f build/stamps/$1 && $(<"build/stamps/$1") = "$2" ]]; }
remember() { mkdir -p build/stamps; printf %s "$2" >"build/stamps/$1"; }
