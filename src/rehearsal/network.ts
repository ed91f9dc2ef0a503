import { join } from "node:path";
import { type Carrier, prepareCarrier } from "./asterisk/carrier.ts";
import { type Ivr, prepareIvr } from "./asterisk/ivr.ts";
import { type Ports, reservePorts } from "./asterisk/ports.ts";
import { type Dispatcher, prepareDispatcher } from "./kamailio/dispatcher.ts";
import { installKamailio, installPackages, type Packages } from "./packages/install.ts";
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
  /** Kamailio between them and the far end, so that to the far end they are one. */
  dispatcher?: boolean;
  /** Asterisk and the rest; this checkout's own, installed at first, if not given. */
  packages?: Packages;
  /** The folder of templates of the Asterisks that Hearback drives, if not dialplans/asterisk. */
  templates?: string;
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
  /** Null where none was asked for. */
  dispatcher: Dispatcher | null;
  stop(): Promise<void>;
}

/** Of ours, in the rehearsal: what the demo's campaign shows. */
const numberRung = "+441632960000";

/** Packages for all rehearsals of this checkout, downloaded once. */
export const packagesFolder = (): string => repositoryFile(".hearback/packages");
/** Kamailio for those that ask for a dispatcher. */
export const kamailioFolder = (): string => repositoryFile(".hearback/kamailio");

/**
 * A whole telephone network on this machine: demo, tests, benchmark and flow preview stand on this one thing.
 * Everything listens on loopback only, on ports that were free, and ends when this process does.
 */
export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const { dir, nodes = 1, entityId, templates, maxCalls, farEnd, progress = () => {} } = options;
  const packages = options.packages ?? (await installPackages({ into: packagesFolder(), progress }));
  const ports = { carrier: await reservePorts({ maxCalls }), ivrs: [] as Ports[] };
  for (let count = 0; count < nodes; count++) ports.ivrs.push(await reservePorts({ maxCalls }));
  const prepared: { start(): Promise<void>; close(): Promise<void> }[] = [];
  const prepare = <T extends (typeof prepared)[number]>(one: T): T => {
    prepared.push(one);
    return one;
  };
  const stop = async () => {
    await Promise.all(prepared.map((one) => one.close()));
    for (const reserved of [ports.carrier, ...ports.ivrs]) reserved.release();
  };
  try {
    progress("starting Asterisk");
    const far = farEnd ?? { host: "127.0.0.1", port: ports.carrier.sip };
    const dispatcher = options.dispatcher ? prepare(await dispatcherFor(options, far, ports.ivrs)) : null;
    const ivrSipPort = dispatcher?.port ?? ports.ivrs[0]!.sip;
    const carrier = farEnd ? null : prepare(carrierFor(options, packages, ports.carrier, ivrSipPort));
    const trunk = dispatcher ? { host: "127.0.0.1", port: dispatcher.port } : far;
    const ivrs: Ivr[] = [];
    for (const [index, reserved] of ports.ivrs.entries()) {
      const folder = join(dir, index === 0 ? "ivr" : `ivr-${index + 1}`);
      const ivr = await prepareIvr({
        ...{ dir: folder, packages, ports: reserved, trunk },
        ...(entityId ? { entityId } : {}),
        ...(templates ? { templates } : {}),
      });
      ivrs.push(prepare(ivr));
    }
    await Promise.all(prepared.map((one) => one.start()));
    return { packages, ivr: ivrs[0]!, ivrs, carrier, dispatcher, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

function carrierFor(
  { dir, morePeople = [], ringers = [] }: NetworkOptions,
  packages: Packages,
  ports: Ports,
  ivrSipPort: number,
): Carrier {
  return prepareCarrier({
    ...{ dir: join(dir, "carrier"), packages, ports, ivrSipPort },
    peopleDialplan: peopleDialplan([...people, ...morePeople], crowd) + ringersDialplan(ringers, numberRung),
    soundsFolder: repositoryFile("src/rehearsal/people/stories"),
  });
}

/** Its port is let go of with it. */
async function dispatcherFor(
  { dir, progress = () => {} }: NetworkOptions,
  far: { host: string; port: number },
  ivrPorts: readonly Ports[],
): Promise<Dispatcher> {
  const packages = await installKamailio({ into: kamailioFolder(), progress });
  const ports = await reservePorts({ maxCalls: 0 });
  const dispatcher = prepareDispatcher({
    ...{ dir: join(dir, "dispatcher"), packages, port: ports.sip },
    asterisks: ivrPorts.map(({ sip }) => `127.0.0.1:${sip}`),
    carriers: [`${far.host}:${far.port}`],
  });
  const close = async () => {
    await dispatcher.close();
    ports.release();
  };
  return { ...dispatcher, close };
}
