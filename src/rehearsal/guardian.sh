# Started by guarded-process.ts as: guardian.sh SIGNAL TENTHS PROGRAM...
#
# Ends the program when standard input closes, which happens when our Node process asks for it and also when that
# process dies, however it dies. Says the program's process id on standard output, and ends with its status.
signal=$1 tenths=$2
shift 2
umask 077

# The soft limit of open files is low in places; two hundred calls need some two thousand.
hard=$(ulimit -Hn)
if [ "$hard" = unlimited ] || [ "$hard" -gt 16384 ]; then hard=16384; fi
soft=$(ulimit -Sn)
if [ "$soft" != unlimited ] && [ "$soft" -lt "$hard" ]; then ulimit -Sn "$hard"; fi

exec 3<&0 </dev/null
"$@" 3<&- >&2 &
program=$!
echo "$program"
exec >&2
# Beside the guardian and not in it, so that it does its work also where only the guardian is killed.
(
  read -r _ <&3
  kill -s "$signal" "$program" 2>/dev/null
  while [ "$tenths" -gt 0 ] && kill -0 "$program" 2>/dev/null; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
  kill -s KILL "$program" 2>/dev/null
) &
watcher=$!
exec 3<&-
wait "$program"
status=$?
kill -s KILL "$watcher" 2>/dev/null
exit "$status"
