// A rehearsal in a process of its own, for tests that kill it: node rehearsal-probe.ts DIR PACKAGES
// Prints one line of JSON when all is up, then waits to be killed.
import { join } from "node:path";
import { prepareCarrier } from "#rehearsal/asterisk/carrier.ts";
import { prepareIvr } from "#rehearsal/asterisk/ivr.ts";
import { reservePorts } from "#rehearsal/asterisk/ports.ts";
import { installPackages } from "#rehearsal/packages/install.ts";
import { startPostgres } from "#rehearsal/postgres.ts";

const [dir, into] = process.argv.slice(2) as [string, string];
const packages = await installPackages({ into });
const [ivrPorts, carrierPorts] = await Promise.all([
  reservePorts({ maxCalls: 5 }),
  reservePorts({ maxCalls: 5 }),
]);
const ivr = await prepareIvr({
  ...{ dir: join(dir, "ivr"), packages, ports: ivrPorts },
  trunk: { host: "127.0.0.1", port: carrierPorts.sip },
});
const carrier = prepareCarrier({
  ...{ dir: join(dir, "carrier"), packages, ports: carrierPorts, ivrSipPort: ivrPorts.sip },
  peopleDialplan: "[people]\nexten => _X.,1,Busy()\n",
});
const [postgres] = await Promise.all([
  startPostgres({ dir: join(dir, "postgres"), durable: false }),
  ivr.start(),
  carrier.start(),
]);
const { url } = postgres;
console.log(JSON.stringify({ pids: { postgres: postgres.pid, ivr: ivr.pid, carrier: carrier.pid }, url }));
setInterval(() => {}, 1_000);
