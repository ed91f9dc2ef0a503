/** One Asterisk, and all by which this instance reaches it. */
import type { NodeBook } from "#campaign/node-book.ts";
import { unnamedTrunk } from "#campaign/trunk-desk.ts";
import type { Trunk } from "#dialplan/trunks/trunk-book.ts";
import type { Clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { RecordingSpool } from "#recording/ports.ts";
import type { Link } from "./adoptions.ts";
import { AmiMonitor } from "./ami-monitor.ts";
import { AriConnection, type AriState } from "./ari-connection.ts";
import type { MediaOf } from "./ari-line.ts";
import type { AriNode } from "./ari-link.ts";
import { AriTelephone } from "./ari-telephone.ts";
import { type AsteriskWitness, createCallWitness } from "./call-witness.ts";
import { Operations } from "./operations.ts";
import type { IsAbandoned } from "./orphans.ts";
import { createRecordingSpool } from "./recording-spool.ts";
import type { SoundFile } from "./unheard.ts";

/** As the settings have it. */
export interface NodeAccess {
  name: string;
  weight: number;
  maxCalls: number | null;
  /** `http://host:port`, or https. */
  ariUrl: string;
  ariUser: string;
  ariPassword: string;
  /** The PJSIP endpoint of the carrier. */
  trunk: string;
  /** Null: AMI is not used. */
  amiHost: string | null;
  amiPort: number;
  amiTls: boolean;
  amiHealthUser: string | null;
  amiHealthPassword: string | null;
  amiReleaseUser: string | null;
  amiReleasePassword: string | null;
  /** Its event log and its list of calls, where this machine can read them. */
  celFile: string | null;
  cdrFile: string | null;
}

export interface AsteriskNodeOptions {
  access: NodeAccess;
  /** The Stasis application of this instance: no other process has it. */
  app: string;
  book: Pick<NodeBook, "admit">;
  mediaOf: MediaOf;
  /** As ari-telephone.ts has it. */
  fileOf?: (sound: string) => SoundFile | null;
  isAbandoned: IsAbandoned;
  /** As staff have described them; none: the node's own setting stands. */
  trunks?: readonly Trunk[];
  clock: Clock;
  logger: Logger;
}

/** refused: its entityid or its name is another's (`refusedBecause`). The others: as AriConnection has them. */
export type NodeState = AriState | "refused";

/** Not heard for so long, though asked every two seconds, it is given no new calls; it is dead a little later. */
const silentMs = 3_000;

export class AsteriskNode {
  readonly name: string;
  readonly access: NodeAccess;
  readonly connection: AriConnection;
  readonly telephone: AriTelephone;
  readonly spool: RecordingSpool;
  readonly witness: AsteriskWitness;
  readonly health: AmiMonitor | null;
  readonly #options: AsteriskNodeOptions;
  readonly #operations: Operations;
  readonly #isTrunkOut: (trunk: string) => boolean;
  #trunksOut: readonly string[] = [];
  #admitted: string | null = null;
  #refusedBecause: string | null = null;

  constructor(options: AsteriskNodeOptions) {
    const { access, app, mediaOf, isAbandoned, clock, trunks = [] } = options;
    const logger = options.logger.child({ node: access.name });
    this.#options = { ...options, logger };
    this.name = access.name;
    this.access = access;
    const { ariUrl: url, ariUser: user, ariPassword: password } = access;
    this.#operations = new Operations({ url, user, password, app }, clock);
    this.connection = this.#connect(app, (node) => this.#admit(node));
    this.spool = createRecordingSpool(this.connection);
    this.health = monitorOf(access, clock, logger);
    const { trunk, celFile, cdrFile } = access;
    this.witness = createCallWitness({ connection: this.connection, celFile, cdrFile, clock, logger });
    this.#isTrunkOut = (name) => this.#trunksOut.includes(trunks.length > 0 ? name : unnamedTrunk);
    this.telephone = new AriTelephone({
      ...{ name: access.name, connection: this.connection, trunk, mediaOf, isAbandoned, clock, logger },
      ...{ trunks, isTrunkOut: this.#isTrunkOut },
      ...(options.fileOf ? { fileOf: options.fileOf } : {}),
    });
  }

  get state(): NodeState {
    const { state } = this.connection;
    return this.#refusedBecause !== null && state !== "stopped" ? "refused" : state;
  }

  /** Why it is not used at all, and what to do; null where it is. */
  get refusedBecause(): string | null {
    return this.#refusedBecause;
  }

  /** Calls may be begun here, as far as this node goes. */
  get usable(): boolean {
    return this.telephone.ready && (this.connection.silentMs ?? silentMs) < silentMs;
  }

  /** Staff have taken these trunks out of use: nobody is put through by them, from here on. */
  leaveOut(trunks: readonly string[]): void {
    this.#trunksOut = trunks;
  }

  /**
   * Another link to the same Asterisk, under another application's name, e.g. a dead instance's. Not started; whoever
   * asks for it stops it.
   */
  connectAs(app: string): AriConnection {
    return this.#connect(app, (node) => this.#admit(node));
  }

  /** A telephone on such a link: for the calls that are up there. Neither is started. */
  linkAs(app: string): Link {
    const { mediaOf, isAbandoned, clock, logger, trunks = [] } = this.#options;
    const connection = this.connectAs(app);
    const { trunk } = this.access;
    return {
      connection,
      telephone: new AriTelephone({
        ...{ connection, trunk, trunks, mediaOf, isAbandoned, clock, logger },
        isTrunkOut: this.#isTrunkOut,
      }),
    };
  }

  async stop(): Promise<void> {
    this.telephone.close();
    await this.connection.stop();
    this.#operations.close();
  }

  #connect(app: string, admit?: (node: AriNode) => Promise<void>): AriConnection {
    const { access, clock, logger } = this.#options;
    const { ariUrl: url, ariUser: user, ariPassword: password } = access;
    const operations = this.#operations;
    return new AriConnection({
      ...{ url, user, password, app, clock, logger, operations },
      ...(admit ? { admit } : {}),
    });
  }

  /** With the database away, an Asterisk that was admitted before is still ours: its calls go on. */
  async #admit({ entityId, version }: AriNode): Promise<void> {
    const { access, book } = this.#options;
    const { name, weight, maxCalls } = access;
    const admission = await book.admit({ name, entityId, version, maxCalls, weight }).catch((thrown) => {
      if (this.#admitted === entityId) return { kind: "admitted" } as const;
      throw thrown;
    });
    this.#refusedBecause = admission.kind === "refused" ? admission.because : null;
    if (admission.kind === "refused") throw new AppError("node_refused", admission.because, { node: name });
    this.#admitted = entityId;
  }
}

function monitorOf(access: NodeAccess, clock: Clock, logger: Logger): AmiMonitor | null {
  const { amiHost: host, amiPort: port, amiTls: tls } = access;
  if (!host) return null;
  const { amiHealthUser, amiHealthPassword, amiReleaseUser, amiReleasePassword } = access;
  return new AmiMonitor({
    ...{ host, port, tls, clock, logger },
    health: { user: amiHealthUser ?? "", secret: amiHealthPassword ?? "" },
    release: { user: amiReleaseUser ?? "", secret: amiReleasePassword ?? "" },
  });
}
