import type { Clock } from "#lib/clock.ts";
import type { AriConnection } from "./ari-connection.ts";
import type { AriChannel } from "./ari-events.ts";

/** Set on each channel that we dial, so that our ringing ones can be told from another instance's. */
export const ownerVariable = "HEARBACK_APP";

/** All channels of Asterisk, whoever's they are. @throws AppError */
export async function listChannels(connection: AriConnection): Promise<AriChannel[]> {
  const channels = await connection.operation("channels.list", (client) => client.channels.list());
  return channels.map(({ id, name, state, dialplan }) => {
    const { app_name, app_data } = dialplan as { app_name?: string; app_data?: string };
    return { id, name, state, dialplan: { app_name: app_name ?? "", app_data: app_data ?? "" } };
  });
}

/** Whether the instance of this application is dead, and nobody alive has taken over the channel's attempt. */
export type IsAbandoned = (channelId: string, app: string) => Promise<boolean>;

/**
 * Hangs up the channels that nobody holds: of our own application, left by a line that was given up; and of a dead
 * instance's, where nobody took them over. Never one of another living instance. The ledger settles what becomes of
 * their attempts.
 * @returns the ids of those that were hung up
 */
export async function hangUpOrphans(
  connection: AriConnection,
  channels: AriChannel[],
  isAbandoned: IsAbandoned,
): Promise<string[]> {
  const orphans: string[] = [];
  for (const channel of channels) {
    // The person to whom a caller of ours is put through goes with the caller.
    if (connection.owns(channel.id) || connection.owns(channel.id.replace(/-to\d+$/, ""))) continue;
    const app = await applicationOf(connection, channel);
    if (app === null || (app !== connection.app && !(await isAbandoned(channel.id, app)))) continue;
    await connection.request("DELETE", `channels/${encodeURIComponent(channel.id)}`, { reason: "normal" });
    orphans.push(channel.id);
  }
  return orphans;
}

/** A channel in Stasis says whose it is; one that still rings is asked for the variable it was dialled with. */
async function applicationOf(
  connection: AriConnection,
  { id, dialplan }: AriChannel,
): Promise<string | null> {
  const [app] = dialplan.app_data.split(",");
  if (dialplan.app_name === "Stasis") return app || null;
  if (!id.startsWith("hb-")) return null;
  const path = `channels/${encodeURIComponent(id)}/variable`;
  const { status, body } = await connection.request("GET", path, { variable: ownerVariable });
  return status === 200 ? (body as { value?: string } | null)?.value || null : null;
}

/** Sweeps every `everyMs` until the signal; an orphan can also come into being between two reconnections. */
export async function sweepRegularly(
  clock: Clock,
  everyMs: number,
  signal: AbortSignal,
  sweep: () => Promise<unknown>,
): Promise<void> {
  while (!signal.aborted) {
    await clock.wait(everyMs, signal).catch(() => {});
    if (!signal.aborted) await sweep().catch(() => {});
  }
}
