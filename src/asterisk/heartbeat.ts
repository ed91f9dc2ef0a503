import type { Clock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import type { AriConnection } from "./ari-connection.ts";
import { hasRow } from "./event-log.ts";

/** In dialplans/asterisk/extensions.conf nobody calls nobody there, and it is over at once. */
const context = "hearback-heartbeat";
export const heartbeatOrder = {
  ...{ endpoint: `Local/beat@${context}`, context, extension: "beat", priority: 1, timeout: 5 },
};

/**
 * Makes Asterisk write rows of a channel of its own into the event log: whatever happened in it before stands above them
 * then. Takes some 2 ms.
 * @returns the channel's id, or null where Asterisk did not take the order
 */
export async function beat(connection: AriConnection): Promise<string | null> {
  const id = newName("beat");
  const json = { variables: { "CDR_PROP(disable)": "1" } };
  const answer = await connection
    .request("POST", `channels/${id}`, heartbeatOrder, { json })
    .catch(() => null);
  return answer?.status === 200 ? id : null;
}

const lookEveryMs = 20;
const seenWithinMs = 2_000;

/**
 * Beats, and waits until the row is in the file.
 * @param nowMs by Asterisk's clock
 * @throws as readEventLog
 */
export async function beatInto(
  path: string,
  connection: AriConnection,
  clock: Clock,
  nowMs: number,
): Promise<boolean> {
  const id = await beat(connection);
  if (id === null) return false;
  for (const until = clock.monotonicMs() + seenWithinMs; ; ) {
    if (await hasRow(path, id, nowMs - seenWithinMs)) return true;
    if (clock.monotonicMs() > until) return false;
    await clock.wait(lookEveryMs);
  }
}
