/** An Asterisk of its own that loads somebody's files, and a pretend carrier to ring it: ports, passwords and folders are made for it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { dirname, join } from "node:path";
import { liveDialplan } from "#asterisk/live-dialplan.ts";
import { encodeALaw } from "#lib/audio/g711.ts";
import { systemClock } from "#lib/clock.ts";
import type { Fault } from "#lib/fault.ts";
import { silentLogger } from "#lib/logger.ts";
import { formsOf } from "#prompts/forms.ts";
import { type Carrier, prepareCarrier } from "#rehearsal/asterisk/carrier.ts";
import { type Ivr, prepareIvr } from "#rehearsal/asterisk/ivr.ts";
import { type Ports, reservePorts } from "#rehearsal/asterisk/ports.ts";
import { packagesFolder } from "#rehearsal/network.ts";
import { nodesOf } from "#rehearsal/node-settings.ts";
import { installPackages, type Packages } from "#rehearsal/packages/install.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { complaintsOf } from "./complaints.ts";
import { goldenPeople } from "./golden-people.ts";

export interface Scratch {
  ivr: Ivr;
  carrier: Carrier;
  /** What Asterisk itself said of the files. */
  faults: Fault[];
  /** The dialplan as Asterisk has it. */
  loaded: string[];
  stop(): Promise<void>;
}

export interface ScratchOptions {
  files: ReleaseFiles;
  /** Made for it, and taken away with it. */
  dir: string;
  /** Asterisk; this checkout's own, installed at first, if not given. */
  packages?: Packages | undefined;
  progress?: (line: string) => void;
}

/** @returns only faults where Asterisk does not come up with these files at all */
export async function startScratch(options: ScratchOptions): Promise<Scratch | { faults: Fault[] }> {
  const { files, dir, progress = () => {} } = options;
  const packages = options.packages ?? (await installPackages({ into: packagesFolder(), progress }));
  const templates = join(dir, "files");
  lay(files, templates);
  const ports = [await reservePorts({ maxCalls: 10 }), await reservePorts({ maxCalls: 10 })] as const;
  const made = await prepare(packages, { dir, templates, ports });
  const stop = async () => {
    await Promise.all([made.ivr.close(), made.carrier.close()]);
    for (const reserved of ports) reserved.release();
    rmSync(dir, { recursive: true, force: true, maxRetries: 20 });
  };
  try {
    layPrompts(files, made.ivr.soundsDir);
    const [came] = await Promise.allSettled([made.ivr.start(), made.carrier.start()]);
    const faults = complaintsOf(readLog(made.ivr));
    if (came.status === "rejected") {
      await stop();
      return { faults: [...faults, didNotCome(came.reason as Error)] };
    }
    // Live calls go first on a machine that has any.
    for (const { pid } of [made.ivr, made.carrier]) setPriority(pid, 19);
    const [access] = nodesOf([made.ivr]);
    const loaded = await liveDialplan(access!, systemClock, silentLogger)!.loaded();
    return { ...made, faults, loaded, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function prepare(
  packages: Packages,
  {
    dir,
    templates,
    ports: [own, others],
  }: { dir: string; templates: string; ports: readonly [Ports, Ports] },
) {
  const carrier = prepareCarrier({
    ...{ dir: join(dir, "carrier"), packages, ports: others, ivrSipPort: own.sip },
    peopleDialplan: goldenPeople,
  });
  const trunk = { host: "127.0.0.1", port: others.sip };
  const ivr = await prepareIvr({ dir: join(dir, "ivr"), packages, ports: own, trunk, templates });
  return { ivr, carrier };
}

function lay(files: ReleaseFiles, folder: string): void {
  for (const [path, bytes] of files) {
    if (!/^asterisk\/[^/]+\.conf$/.test(path)) continue;
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    writeFileSync(join(folder, path.slice("asterisk/".length)), bytes, { mode: 0o644 });
  }
}

/** Those that a dialplan names: by language and name, as on a live machine. */
function layPrompts(files: ReleaseFiles, soundsDir: string): void {
  for (const [path, bytes] of files) {
    const [, name] = /^prompts\/([^/]+\/[^/]+)\.wav$/.exec(path) ?? [];
    if (name === undefined) continue;
    const target = join(soundsDir, "hearback", `${name}.alaw`);
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    writeFileSync(target, encodeALaw(formsOf(bytes).narrow), { mode: 0o644 });
  }
}

const readLog = ({ logDir }: Ivr): string => {
  try {
    return readFileSync(join(logDir, "messages"), "utf8");
  } catch {
    return "";
  }
};

const didNotCome = ({ message }: Error): Fault => ({
  ...{ file: "asterisk", line: 0, column: 0, rule: "asterisk-says", level: "fault" },
  what: `Asterisk does not come up with these files: ${message.split("\n").at(-1)}`,
  instead: "put back what was changed last, and try again",
});
