/**
 * Installs Asterisk, or with `--kamailio` Kamailio, and what it needs by the lock file, for the images in docker/ and
 * for machines without Docker:
 *
 *     npx node src/rehearsal/packages/install-command.ts /opt/hearback-packages
 *
 * `--mirror URL` names a Debian mirror's root; `--allow-newer` takes the suite's present versions, their signatures
 * checked, where a locked file is no longer there. Prints the folder in which they lie.
 */
import { parseArgs } from "node:util";
import { installSet } from "./install.ts";
import { DISPATCHER, TELEPHONY } from "./wanted.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { mirror: { type: "string" }, "allow-newer": { type: "boolean" }, kamailio: { type: "boolean" } },
});
const [into] = positionals;
if (!into) throw new Error("usage: install-command.ts FOLDER [--kamailio] [--mirror URL] [--allow-newer]");
const prefix = await installSet(values.kamailio ? DISPATCHER : TELEPHONY, {
  into,
  lockedOnly: !values["allow-newer"],
  ...(values.mirror ? { mirror: values.mirror } : {}),
  progress: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${prefix}\n`);
