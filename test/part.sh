#!/bin/sh
# part.sh NAME MINUTES COMMAND...: runs one part of the tests, and says when it begins and how long it took. Where it takes
# longer than so many minutes it is ended (PARTS_END_BY, in seconds since 1970, is the end of all parts together); where it
# fails, the ends of the logs that were written meanwhile are shown: CI keeps no files.
name=$1 minutes=$2
shift 2
cd "$(dirname "$0")/.." || exit 1
limit=$((minutes * 60))
began=$(date +%s)
if [ -n "${PARTS_END_BY:-}" ]; then
  left=$((PARTS_END_BY - began))
  [ "$left" -ge "$limit" ] || limit=$left
  if [ "$limit" -le 0 ]; then
    echo "=== $name: no time is left for it" >&2
    exit 124
  fi
fi
mark=$(mktemp)
trap 'rm -f "$mark"' EXIT
echo "=== $name: begins at $(date -u +%H:%M:%S), may take $limit s"
# In a group of its own all of it is ended; at a terminal it stays in ours, or Ctrl-C would not reach it.
here=
[ ! -t 1 ] || here=--foreground
timeout $here -k 30 "$limit" "$@"
status=$?
took=$(($(date +%s) - began))
if [ "$status" = 0 ]; then
  echo "=== $name: passed in $took s"
  exit 0
fi
find .hearback -type f \( -name '*.log' -o -name '*.said' \) -newer "$mark" -size +0 -printf '%T@ %p\n' 2>/dev/null |
  sort -rn | head -n 6 | cut -d' ' -f2- | while read -r log; do
  echo "--- the end of $log:"
  tail -n 12 "$log" | cut -c1-400
done
case $status in
124 | 137) echo "=== $name: FAILED, ended after $took s: it may take $limit s" ;;
*) echo "=== $name: FAILED with status $status after $took s" ;;
esac
exit "$status"
