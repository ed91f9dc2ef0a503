#!/bin/sh
# Lays out Asterisk's folders, writes site.conf from the environment and from secret files, and becomes Asterisk.
# The image runs it, and so does docker/systemd/hearback-asterisk.service. dialplans/asterisk/README.md tells what
# site.conf is for. Everything that is written here is written anew at each start; only $state outlives it.
set -eu
umask 077

program=${ASTERISK_PROGRAM:-/opt/asterisk/bin/asterisk}
share=${ASTERISK_SHARE:-/opt/asterisk/usr/share/asterisk}
modules=${ASTERISK_MODULES:-/opt/asterisk/usr/lib/x86_64-linux-gnu/asterisk/modules}
templates=${ASTERISK_TEMPLATES:-/opt/templates}
run=${ASTERISK_RUN:-/run/asterisk}
state=${ASTERISK_STATE:-/var/lib/asterisk}
sounds=${ASTERISK_SOUNDS:-/var/lib/hearback/sounds}

fail() { echo "start.sh: $*" >&2; exit 1; }

# The value, refused where it could end its line or its meaning.
plain() {
  case $2 in *[!A-Za-z0-9._:/,@+=-]*) fail "$1 has a character that cannot stand in Asterisk's configuration" ;; esac
  printf %s "$2"
}
given() { # NAME [FALLBACK]
  eval "value=\${$1:-${2:-}}"
  [ -n "$value" ] || fail "$1 must be given"
  plain "$1" "$value"
}
secret() { # NAME: the value is in the file that NAME_FILE names
  eval "file=\${$1_FILE:-}"
  [ -n "$file" ] || fail "$1_FILE must name a file with the password in it"
  [ -r "$file" ] || fail "$1_FILE: $file cannot be read"
  value=$(cat "$file")
  [ ${#value} -ge 16 ] || fail "$1_FILE: the password has fewer than 16 characters"
  plain "$1" "$value"
}

# Made once and kept: two Asterisks must not have the same, and a network card's address may be shared.
entity_id() {
  [ -s "$state/entityid" ] ||
    od -An -N5 -tx1 /dev/urandom | sed 's/^ */02:/; s/ /:/g' > "$state/entityid"
  given ASTERISK_ENTITY_ID "$(cat "$state/entityid")"
}

# All of it before anything is written: where a part is wrong, nothing starts. (sh passes over a failure in a here-document.)
trunk_host=$(given ASTERISK_TRUNK_HOST)
trunk_port=$(given ASTERISK_TRUNK_PORT 5060)
# Addresses that the carrier speaks from, with commas; those of its name where none are given.
resolved=$(getent ahostsv4 "$trunk_host" | awk '{ print $1 }' | sort -u | paste -sd, -)
trunk_addresses=$(given ASTERISK_TRUNK_ADDRESSES "$resolved")
bind=$(given ASTERISK_BIND_ADDRESS 0.0.0.0)
sip_port=$(given ASTERISK_SIP_PORT 5060)
# Behind NAT, or in a container whose ports are published: the address that the carrier sees.
public_address=$(plain ASTERISK_PUBLIC_ADDRESS "${ASTERISK_PUBLIC_ADDRESS:-}")
# Behind a dispatcher: the address to which the carrier sends speech, while SIP stays on this machine's own.
media_address=$(plain ASTERISK_MEDIA_ADDRESS "${ASTERISK_MEDIA_ADDRESS:-$public_address}")
rtp_first=$(given ASTERISK_RTP_FIRST 10000)
rtp_last=$(given ASTERISK_RTP_LAST 10399)
http_port=$(given ASTERISK_HTTP_PORT 8088)
ami_port=$(given ASTERISK_AMI_PORT 5038)
# Hearback on other machines: its addresses, with commas, and a certificate with key by which ARI and AMI open for it.
app_addresses=$(given ASTERISK_APP_ADDRESSES 127.0.0.1)
certificate=$(plain ASTERISK_TLS_CERTIFICATE "${ASTERISK_TLS_CERTIFICATE:-}")
key=$(plain ASTERISK_TLS_KEY "${ASTERISK_TLS_KEY:-}")
https_port=$(given ASTERISK_HTTPS_PORT 8089)
ami_tls_port=$(given ASTERISK_AMI_TLS_PORT 5039)
# udp, tcp or tls; with tls the carrier's certificate must be signed by this authority, and speech is encrypted (SRTP).
transport=$(given ASTERISK_TRUNK_TRANSPORT udp)
ca=$(plain ASTERISK_TLS_CA "${ASTERISK_TLS_CA:-/etc/ssl/certs/ca-certificates.crt}")
sip_tls_port=$(given ASTERISK_SIP_TLS_PORT 5061)
case $transport in
  udp | tcp) ;;
  tls) [ -r "$ca" ] || fail "ASTERISK_TLS_CA: $ca cannot be read" ;;
  *) fail "ASTERISK_TRUNK_TRANSPORT must be udp, tcp or tls" ;;
esac
if [ "$transport" = tls ] || [ "$app_addresses" != 127.0.0.1 ]; then
  [ -r "$certificate" ] || fail "ASTERISK_TLS_CERTIFICATE must name a certificate: something is to be reached by TLS"
  [ -r "$key" ] || fail "ASTERISK_TLS_KEY must name the certificate's key"
fi
ari_password=$(secret ARI_PASSWORD)
health_password=$(secret AMI_HEALTH_PASSWORD)
release_password=$(secret AMI_RELEASE_PASSWORD)
mkdir -p "$run" "$state"
entity_id=$(entity_id)

lay_out() {
  rm -rf "$run/etc" "$run/data" "$run/modules"
  mkdir -p "$run/etc" "$run/data/sounds" "$run/data/moh" "$run/modules"
  for folder in lib/keys spool/recording spool/monitor spool/tmp log/cdr-csv log/cel-custom cache; do
    mkdir -p "$state/$folder"
  done
  ln -s "$share/documentation" "$share/rest-api" "$run/data/"
  ln -s "$sounds/hearback" "$run/data/sounds/hearback"
  # Only the modules that modules.conf names, so that no request, of whomever, can load any other.
  sed -n 's/^require = \([a-z0-9_]*\.so\).*/\1/p' "$templates/modules.conf" | while read -r name; do
    [ -e "$modules/$name" ] || fail "there is no module $name in $modules"
    ln -s "$modules/$name" "$run/modules/$name"
  done
  ln -s "$templates"/*.conf "$run/etc/"
  mv "$run/etc/asterisk.conf" "$run/etc/asterisk-template.conf"
  # Files that Asterisk insists on, or warns about, though nothing is set in them.
  for name in features udptl ccss extconfig sorcery codecs cli cli_permissions cli_aliases dnsmgr dsp statsd; do
    printf '[general]\n' > "$run/etc/$name.conf"
  done
  : > "$run/etc/acl.conf"
  : > "$run/etc/websocket_client.conf"
  printf '[startup]\nlog_level = error\n' > "$run/etc/pjproject.conf"
  # It is read before Asterisk knows its folders, so only here do includes need whole paths.
  printf '#include "%s"\n' "$run/etc/site.conf" "$run/etc/asterisk-template.conf" > "$run/etc/asterisk.conf"
}

external() {
  [ -z "$media_address" ] || printf 'external_media_address = %s\n' "$media_address"
  [ -z "$public_address" ] || printf 'external_signaling_address = %s\n' "$public_address"
}
permits() { echo "$1" | tr , '\n' | sed 's/^/permit = /'; }
# In this order: the last line that fits an address decides.
only_app() { echo "deny = 0.0.0.0/0"; permits "$app_addresses"; }
served() { # PORT: plain on this machine, TLS for the others
  [ "$app_addresses" = 127.0.0.1 ] || cat << END
tlsenable = yes
tlsbindaddr = $bind:$1
tlscertfile = $certificate
tlsprivatekey = $key
END
}
carried() {
  if [ "$transport" = tls ]; then printf 'media_encryption = sdes\n'; fi
}
contact() {
  case $transport in udp) ;; *) printf '\\;transport=%s' "$transport" ;; esac
}

site() {
  cat << END
; Written by start.sh at each start. Secrets: not for git.
[directories-site](!)
astetcdir = $run/etc
astmoddir = $run/modules
astvarlibdir = $state/lib
astdbdir = $state/lib
astkeydir = $state/lib
astdatadir = $run/data
astagidir = $run/data
astspooldir = $state/spool
astrundir = $run
astlogdir = $state/log
astcachedir = $state/cache
astsbindir = $run
[options-site](!)
entityid = $entity_id
[http-site](!)
bindaddr = 127.0.0.1
bindport = $http_port
$(served "$https_port")
[ari-site](!)
password = $ari_password
$(only_app)
[manager-site](!)
bindaddr = 127.0.0.1
port = $ami_port
$(served "$ami_tls_port")
[manager-health-site](!)
secret = $health_password
$(only_app)
[manager-release-site](!)
secret = $release_password
$(only_app)
[transport-site](!)
bind = $bind:$sip_port
$(external)
[trunk-acl-site](!)
deny = 0.0.0.0/0
$(permits "$trunk_addresses")
[trunk-endpoint-site](!)
transport = $transport
$(carried)
rtp_keepalive = 15
[trunk-aor-site](!)
contact = sip:$trunk_host:$trunk_port$(contact)
[trunk-identify-site](!)
match = $trunk_addresses
[rtp-site](!)
rtpstart = $rtp_first
rtpend = $rtp_last
END
}

pjsip_site() {
  cat << END
; Written by start.sh at each start.
[tls]
type = transport
protocol = tls
method = tlsv1_2
bind = $bind:$sip_tls_port
$(external)
cert_file = $certificate
priv_key_file = $key
ca_list_file = $ca
verify_server = yes
END
}

lay_out
site > "$run/etc/site.conf"
if [ "$transport" = tls ]; then pjsip_site > "$run/etc/pjsip-site.conf"; fi
# Its logs are evidence of what rang: Hearback, in this group, reads them, and sees where sounds are linked to. All other
# folders let only Asterisk in.
chmod 0750 "$state/log" "$state/log/cel-custom" "$state/log/cdr-csv" "$run/data" "$run/data/sounds"
umask 027
exec "$program" -C "$run/etc/asterisk.conf" -f -n
