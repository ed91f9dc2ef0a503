import { join } from "node:path";
import { type Carrier, prepareCarrier } from "./asterisk/carrier.ts";
import { type Ivr, prepareIvr } from "./asterisk/ivr.ts";
import { type Ports, reservePorts } from "./asterisk/ports.ts";
import { installPackages, type Packages } from "./packages/install.ts";
import { crowd } from "./people/crowd.ts";
import { peopleDialplan, ringersDialplan } from "./people/dialplan.ts";
import { people } from "./people/people.ts";
import type { Person } from "./people/person.ts";
import type { Ringer } from "./people/ringer.ts";
import { repositoryFile } from "./repository.ts";

export interface NetworkOptions {
  /** Run state of this network: generated configuration, logs, recordings not yet kept. */
  dir: string;
  /** How many Asterisks Hearback drives; one, when not given. */
  nodes?: number;
  /** The same for all of them, which is a fault; each its own, when not given. */
  entityId?: string;
  /** Most calls at once: RTP ports are set aside for them. */
  maxCalls: number;
  /** Somebody else's far end instead of our pretend carrier. */
  farEnd?: { host: string; port: number };
  /** Beside those of people.ts, for tests. */
  morePeople?: readonly Person[];
  /** Who can ring us, for tests. */
  ringers?: readonly Ringer[];
  progress?: (line: string) => void;
}

/** Asterisk as Hearback drives it, and at the far end the telephone network with its people. */
export interface Network {
  packages: Packages;
  /** The first of those that Hearback drives. */
  ivr: Ivr;
  ivrs: readonly Ivr[];
  /** Null where calls go to somebody else's far end. */
  carrier: Carrier | null;
  stop(): Promise<void>;
}

/** Of ours, in the rehearsal: what the demo's campaign shows. */
const numberRung = "+441632960000";

/** Packages for all rehearsals of this checkout, downloaded once. */
export const packagesFolder = (): string => repositoryFile(".hearback/packages");

/**
 * A whole telephone network on this machine: demo, tests, benchmark and flow preview stand on this one thing.
 * Everything listens on loopback only, on ports that were free, and ends when this process does.
 */
export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const { dir, nodes = 1, entityId, maxCalls, farEnd, morePeople = [], ringers = [] } = options;
  const { progress = () => {} } = options;
  const packages = await installPackages({ into: packagesFolder(), progress });
  const ports = { carrier: await reservePorts({ maxCalls }), ivrs: [] as Ports[] };
  for (let count = 0; count < nodes; count++) ports.ivrs.push(await reservePorts({ maxCalls }));
  const release = () => {
    for (const reserved of [ports.carrier, ...ports.ivrs]) reserved.release();
  };
  let carrier: Carrier | null = null;
  const ivrs: Ivr[] = [];
  try {
    progress("starting Asterisk");
    carrier = farEnd
      ? null
      : prepareCarrier({
          dir: join(dir, "carrier"),
          packages,
          ports: ports.carrier,
          ivrSipPort: ports.ivrs[0]!.sip,
          peopleDialplan:
            peopleDialplan([...people, ...morePeople], crowd) + ringersDialplan(ringers, numberRung),
          soundsFolder: repositoryFile("src/rehearsal/people/stories"),
        });
    const trunk = farEnd ?? { host: "127.0.0.1", port: ports.carrier.sip };
    for (const [index, reserved] of ports.ivrs.entries()) {
      const folder = join(dir, index === 0 ? "ivr" : `ivr-${index + 1}`);
      ivrs.push(
        await prepareIvr({
          dir: folder,
          packages,
          ports: reserved,
          trunk,
          ...(entityId ? { entityId } : {}),
        }),
      );
    }
    await Promise.all([carrier?.start(), ...ivrs.map((ivr) => ivr.start())]);
  } catch (thrown) {
    await Promise.all([carrier?.close(), ...ivrs.map((ivr) => ivr.close())]);
    release();
    throw thrown;
  }
  const up = { packages, ivr: ivrs[0]!, ivrs, carrier };
  return {
    ...up,
    stop: async () => {
      await Promise.all([up.carrier?.close(), ...up.ivrs.map((ivr) => ivr.close())]);
      release();
    },
  };
}
