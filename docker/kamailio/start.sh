#!/bin/sh
# Writes Kamailio's list of peers and its own addresses from the environment, and becomes Kamailio. The image runs it, and
# so does the rehearsal. Peers are host:port with commas between; without a port, whatever port they speak from is theirs.
set -eu
umask 077

program=${KAMAILIO_PROGRAM:-/opt/kamailio/bin/kamailio}
modules=${KAMAILIO_MODULES:-/opt/kamailio/usr/lib/x86_64-linux-gnu/kamailio/modules}
template=${KAMAILIO_TEMPLATE:-/opt/kamailio.cfg}
run=${KAMAILIO_RUN:-/run/kamailio}

fail() { echo "start.sh: $*" >&2; exit 1; }

# The value, refused where it could end its line or its meaning.
given() { # NAME [FALLBACK]
  eval "value=\${$1:-${2:-}}"
  [ -n "$value" ] || fail "$1 must be given"
  case $value in *[!A-Za-z0-9.:,-]*) fail "$1 has a character that cannot stand in Kamailio's configuration" ;; esac
  printf %s "$value"
}

# All of it before anything is written: where a part is wrong, nothing starts.
asterisks=$(given KAMAILIO_ASTERISKS)
# In the order in which they are tried.
carriers=$(given KAMAILIO_CARRIERS)
# Further addresses that they speak from.
sources=$(given KAMAILIO_CARRIER_SOURCES -)
bind=$(given KAMAILIO_BIND_ADDRESS 0.0.0.0)
port=$(given KAMAILIO_PORT 5060)
# The address that carrier and Asterisks see, where it is not the one listened on (a container's, or behind NAT).
advertised=$(given KAMAILIO_ADVERTISED_ADDRESS -)
[ "$bind" != 0.0.0.0 ] || [ "$advertised" != - ] || fail "KAMAILIO_ADVERTISED_ADDRESS must be given"
# udp, or with tcp beside it for carriers whose messages are too long for one packet.
transports=$(given KAMAILIO_TRANSPORTS udp,tcp)

listens() {
  echo "$transports" | tr , '\n' | while read -r transport; do
    case $transport in udp | tcp) ;; *) fail "KAMAILIO_TRANSPORTS must be udp or udp,tcp" ;; esac
    case $advertised in
      -) echo "listen=$transport:$bind:$port" ;;
      *) echo "listen=$transport:$bind:$port advertise $advertised:$port" ;;
    esac
  done
}

# SET PEERS FLAGS: flag 8 asks for probes, 4 sends nothing there; of several, the one with the highest priority first.
peers() {
  priority=100
  for peer in $(echo "$2" | tr , ' '); do
    echo "$1 sip:$peer $3 $priority"
    priority=$((priority - 1))
  done
}

mkdir -p "$run"
{
  peers 1 "$asterisks" 8
  peers 2 "$carriers" 8
  [ "$sources" = - ] || peers 3 "$sources" 4
} > "$run/dispatcher.list"
{
  echo "#!KAMAILIO"
  echo "# Written by start.sh at each start."
  listens
  case $transports in *tcp*) ;; *) echo "disable_tcp=yes" ;; esac
  echo "#!define DESTINATIONS \"$run/dispatcher.list\""
  echo "#!define CONTROL \"unix:$run/control\""
  echo "include_file \"$template\""
} > "$run/kamailio.cfg"
# -DD: in the foreground, with its children; -E: speak to standard error; 64 MB for calls, 8 for each child.
exec "$program" -DD -E -m 64 -M 8 -f "$run/kamailio.cfg" -L "$modules" -Y "$run" -w "$run"
