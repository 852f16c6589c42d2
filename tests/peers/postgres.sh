#!/usr/bin/env bash
# A private PostgreSQL 15 cluster on a free loopback port, durable as in production. Works for root, too.
#   postgres.sh start DIR   prints the address to connect with; DIR must lie where user postgres may enter
#   postgres.sh stop DIR
#   postgres.sh kill DIR    SIGKILL, as a power cut would; `start` recovers
set -euo pipefail
[[ $# = 2 ]] || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
bin=/usr/lib/postgresql/15/bin verb=$1 dir=$(realpath -m "$2")

as_postgres() {
  if [[ $(id -u) = 0 ]]; then setpriv --reuid=postgres --regid=postgres --init-groups --reset-env "$@"; else "$@"; fi
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

start() {
  local port
  mkdir -p "$dir"
  [[ $(id -u) != 0 ]] || chown postgres: "$dir"
  cd "$dir"
  if [[ ! -f data/PG_VERSION ]]; then
    as_postgres "$bin/initdb" -D "$dir/data" -U slipway --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >initdb.log 2>&1
  fi
  port=$(free_port)
  as_postgres "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/postgres.log" -o "-c listen_addresses=127.0.0.1 -c port=$port \
    -c unix_socket_directories=$dir -c fsync=on -c synchronous_commit=on -c shared_buffers=64MB -c max_connections=100" start >start.log 2>&1
  "$bin/psql" -qAt -h 127.0.0.1 -p "$port" -U slipway postgres -c "SELECT 1 FROM pg_database WHERE datname = 'slipway'" | grep -q 1 ||
    "$bin/createdb" -h 127.0.0.1 -p "$port" -U slipway slipway
  echo "postgresql://slipway@127.0.0.1:$port/slipway"
}

kill_hard() {
  local pid; pid=$(head -n 1 "$dir/data/postmaster.pid")
  kill -9 "$pid"
  for _ in {1..400}; do  # a zombie still counts as another postmaster
    [[ -d /proc/$pid ]] || return 0
    sleep 0.05
  done
  echo "process $pid does not go away" >&2
  return 1
}

case $verb in
  start) start ;;
  stop) cd "$dir" && as_postgres "$bin/pg_ctl" -D "$dir/data" -m fast -w stop >stop.log 2>&1 ;;
  kill) kill_hard ;;
  *) echo "no verb $verb" >&2; exit 2 ;;
esac
