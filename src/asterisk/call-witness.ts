/** One Asterisk as a witness of its own calls: what lives in it now, its event log (CEL) and its list of calls (CDR). */
import type { CallRecord, CallWitness, Evidence, NodeSight, SoughtChannel } from "#campaign/evidence.ts";
import type { Clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { AriConnection } from "./ari-connection.ts";
import { readCallList } from "./call-list.ts";
import { type LogReading, readEventLog, whyUnreadable } from "./event-log.ts";
import { beat, beatInto } from "./heartbeat.ts";

export interface CallWitnessOptions {
  connection: AriConnection;
  /** log/cel-custom/Master.csv, where we can read it; null: nothing is ever proven not to have been dialled. */
  celFile: string | null;
  /** log/cdr-csv/Master.csv, likewise. */
  cdrFile: string | null;
  clock: Clock;
  logger: Logger;
}

/** Asterisk's clock, and since when what holds. */
interface Standing {
  nowMs: number;
  startedMs: number;
  configuredMs: number;
  connectedMs: number;
  /** Null only where the connection has just gone. */
  entityId: string | null;
}

interface Logs {
  reading: LogReading | null;
  unreadable: string | null;
  upToDate: boolean;
  calls: Map<string, CallRecord>;
}

export interface AsteriskWitness extends CallWitness {
  /** Every half minute; without it a log that nobody writes looks like one in which nothing happened. */
  beat(): Promise<void>;
}

/** Best made before the connection is started: it notes since when it lasts, and beats before the first call. */
export function createCallWitness(options: CallWitnessOptions): AsteriskWitness {
  const { celFile, connection, clock, logger } = options;
  const beatOnce = async () => {
    if (celFile !== null) await beat(connection);
  };
  connection.onConnected(beatOnce);
  let readyAtMs = connection.state === "ready" ? clock.monotonicMs() : Number.POSITIVE_INFINITY;
  connection.onChange((state) => {
    readyAtMs = state === "ready" ? clock.monotonicMs() : Number.POSITIVE_INFINITY;
  });
  const standing = async (): Promise<Standing> => {
    if (connection.state !== "ready") throw new AppError("ari_lost", "not connected");
    const { nowMs, startedMs, configuredMs } = await askStanding(connection);
    const connectedMs = Math.max(0, clock.monotonicMs() - readyAtMs);
    const entityId = connection.node?.entityId ?? null;
    return { nowMs, startedMs, configuredMs, connectedMs, entityId };
  };
  return {
    beat: async () => {
      if (connection.state === "ready") await beatOnce();
    },
    testify: async (listed, marginMs) => {
      const askedMs = clock.monotonicMs();
      const stands = await standing().catch((thrown) => {
        logger.warn({ problem: messageOf(thrown) }, "Asterisk could not be asked about unknown calls");
        return null;
      });
      // The clocks are read at different moments: meanwhile all has become older.
      const laterMs = clock.monotonicMs() - askedMs;
      const sought = listed.map((channel) => ({ ...channel, agoMs: channel.agoMs + laterMs }));
      const logs = await readLogs(options, sought, stands, marginMs);
      // What lives is asked last: a call that began while the logs were read is seen.
      const live = stands && (await liveOnes(connection, sought));
      return sought.map((channel) => evidenceOf(channel, live && stands, live, logs));
    },
  };
}

async function askStanding(connection: AriConnection) {
  const [ping, info] = await Promise.all([
    connection.request("GET", "asterisk/ping"),
    connection.request("GET", "asterisk/info", { only: "status" }),
  ]);
  const { timestamp } = (ping.body ?? {}) as { timestamp?: string };
  const { status } = (info.body ?? {}) as {
    status?: { startup_time?: string; last_reload_time?: string };
  };
  const [nowMs, startedMs, configuredMs] = [timestamp, status?.startup_time, status?.last_reload_time].map(
    (time) => Date.parse(time ?? ""),
  ) as [number, number, number];
  if (Number.isNaN(nowMs + startedMs + configuredMs))
    throw new AppError("ari_operation_failed", "Asterisk does not say how long it has been up");
  return { nowMs, startedMs, configuredMs };
}

/** Of those sought; null where one cannot be asked for. */
async function liveOnes(
  connection: AriConnection,
  sought: readonly SoughtChannel[],
): Promise<Set<string> | null> {
  const live = new Set<string>();
  for (const { channelId } of sought) {
    const path = `channels/${encodeURIComponent(channelId)}`;
    const answer = await connection.request("GET", path).catch(() => null);
    if (answer?.status === 200) live.add(channelId);
    else if (answer?.status !== 404) return null;
  }
  return live;
}

async function readLogs(
  { celFile, cdrFile, connection, clock, logger }: CallWitnessOptions,
  sought: readonly SoughtChannel[],
  stands: Standing | null,
  marginMs: number,
): Promise<Logs> {
  const logs: Logs = { reading: null, unreadable: null, upToDate: false, calls: new Map() };
  // Where it cannot be asked for its clock, ours must do: whoever's row is found was dialled, whenever that was.
  const nowMs = stands?.nowMs ?? clock.now().getTime();
  const since = new Map(sought.map(({ channelId, agoMs }) => [channelId, nowMs - agoMs - marginMs]));
  if (celFile === null) logs.unreadable = "the event log cannot be read from here";
  else {
    try {
      logs.upToDate = stands !== null && (await beatInto(celFile, connection, clock, nowMs));
      logs.reading = await readEventLog(celFile, since);
    } catch (thrown) {
      logs.unreadable = whyUnreadable(thrown);
    }
  }
  if (cdrFile !== null) {
    const oldestMs = Math.min(...since.values());
    const noList = (thrown: unknown) => {
      logger.warn({ problem: messageOf(thrown) }, "Asterisk's list of calls cannot be read");
      return new Map<string, CallRecord>();
    };
    logs.calls = await readCallList(cdrFile, new Set(since.keys()), oldestMs).catch(noList);
  }
  return logs;
}

function evidenceOf(
  { channelId, entityId, agoMs, seenToRing }: SoughtChannel,
  stands: Standing | null,
  live: ReadonlySet<string> | null,
  { reading, unreadable, upToDate, calls }: Logs,
): Evidence {
  const node: NodeSight | null = stands && {
    same: entityId !== null && entityId === stands.entityId,
    live: live?.has(channelId) ?? false,
    upMs: stands.nowMs - stands.startedMs,
    configuredMs: stands.nowMs - stands.configuredMs,
    connectedMs: stands.connectedMs,
  };
  const found = reading?.channels.get(channelId);
  const lastBeforeMs = found?.lastBeforeMs ?? null;
  return {
    ...{ agoMs, seenToRing, node },
    eventLog: {
      events: found?.events ?? [],
      ...{ unreadable, upToDate },
      lastBeforeMs: stands && lastBeforeMs !== null ? stands.nowMs - lastBeforeMs : null,
      tornRows: reading?.tornRows ?? 0,
    },
    callRecord: calls.get(channelId) ?? null,
  };
}
