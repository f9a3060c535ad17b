#!/usr/bin/env bash
# Runs every test several times in a row beside processes that do nothing but compute,
# one for each core and at the same priority: a test that fails here and not on an
# idle machine waits for a time instead of a condition.
#
#   scripts/loaded.sh [ROUNDS] [COMMAND…]    default: 3 rounds of `make test`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${1:-3}
command=("${@:2}")
if [ ${#command[@]} -eq 0 ]; then command=(make test); fi

busy=()
clean_up() { kill "${busy[@]}" 2>/dev/null || true; }
trap clean_up EXIT
for _ in $(seq "$(nproc)"); do
  (while :; do :; done) &
  busy+=($!)
done

for round in $(seq "$rounds"); do
  printf '\n== round %d of %d beside %d busy processes\n' "$round" "$rounds" "${#busy[@]}"
  begun=$SECONDS
  "${command[@]}"
  printf '== round %d passed after %d s\n' "$round" $((SECONDS - begun))
done
