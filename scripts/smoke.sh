#!/usr/bin/env bash
# Uses the product as a stranger would: clones it, starts it with `make run`,
# shortens a link, follows it, reads its statistics and stops it again.
#
#   scripts/smoke.sh [SOURCE]    SOURCE is what `git clone` takes; default: here
set -euo pipefail

source=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
work=$(mktemp -d)
make_process=
target=https://example.com/a/long/path?with=a+query

say() { printf 'smoke: %s\n' "$*"; }

fail() {
  say "FAILED: $*" >&2
  if [ -f "$work/log" ]; then
    say "the end of the server's output:" >&2
    tail -n 40 "$work/log" >&2
  fi
  exit 1
}

# The server is a child of make. Signals go to it and not to make, which would end
# with the signal's own exit code.
server_process() {
  local children="/proc/$make_process/task/$make_process/children"
  if [ -r "$children" ]; then tr -d ' ' <"$children"; fi
}

clean_up() {
  if [ -n "$make_process" ] && kill -0 "$make_process" 2>/dev/null; then
    kill -KILL $(server_process) "$make_process" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean_up EXIT

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

field() {
  python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

start() {
  local limit=$1 begun=$SECONDS
  (cd "$work/clone" && exec make run) >"$work/log" 2>&1 &
  make_process=$!
  until curl --silent --fail --max-time 5 --output /dev/null "$base/health"; do
    kill -0 "$make_process" 2>/dev/null || fail "\`make run\` ended by itself"
    [ $((SECONDS - begun)) -lt "$limit" ] || fail "no answer within $limit seconds"
    sleep 0.1
  done
  say "answers after $((SECONDS - begun)) seconds"
}

stop() {
  local server begun=$SECONDS code=0
  server=$(server_process)
  [ -n "$server" ] || fail "make runs no server"
  kill -TERM "$server"
  while kill -0 "$make_process" 2>/dev/null; do
    [ $((SECONDS - begun)) -lt 30 ] || fail "still running 30 seconds after SIGTERM"
    sleep 0.1
  done
  wait "$make_process" || code=$?
  make_process=
  [ "$code" -eq 0 ] || fail "exit code $code after SIGTERM"
}

stats() {
  curl --silent --show-error --fail --max-time 10 "$base/api/stats/$code"
}

say "clone $source"
git clone --quiet "$source" "$work/clone"

PORT=$(free_port)
DATA_DIR=$work/data
export PORT DATA_DIR
base=http://localhost:$PORT

say "make run (the first time: it installs)"
start 600

say "shorten"
created=$(curl --silent --show-error --fail --max-time 10 \
  --header 'Content-Type: application/json' \
  --data "{\"url\": \"$target\"}" "$base/api/shorten")
code=$(field short_code <<<"$created")
short_url=$(field short_url <<<"$created")
[ "$short_url" = "$base/$code" ] || fail "short_url is $short_url"

say "follow $short_url"
for _ in 1 2 3; do
  answer=$(curl --silent --show-error --max-time 10 --output /dev/null \
    --write-out '%{http_code} %{redirect_url}' "$short_url")
  [ "$answer" = "307 $target" ] || fail "answered: $answer"
done

say "read the statistics"
clicks=$(stats | field clicks)
[ "$clicks" = 3 ] || fail "3 clicks, counted $clicks"

say "stop"
stop

say "make run (the second time: nothing to install)"
start 60
clicks=$(stats | field clicks)
[ "$clicks" = 3 ] || fail "3 clicks, counted $clicks after a restart"
stop

[ -z "$(git -C "$work/clone" status --porcelain)" ] || fail "the clone has changed"
say "all is well"
