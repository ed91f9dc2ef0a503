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

/**
 * Hangs up the channels of our application that nobody here holds: left by a process that died, or by a line that was
 * given up. The ledger settles what becomes of their attempts.
 * @returns the ids of those that were hung up
 */
export async function hangUpOrphans(connection: AriConnection, channels: AriChannel[]): Promise<string[]> {
  const orphans: string[] = [];
  for (const channel of channels) {
    if (connection.owns(channel.id) || !(await isOurs(connection, channel))) continue;
    await connection.request("DELETE", `channels/${encodeURIComponent(channel.id)}`, { reason: "normal" });
    orphans.push(channel.id);
  }
  return orphans;
}

/** A channel in Stasis says whose it is; one that still rings is asked for the variable it was dialled with. */
async function isOurs(connection: AriConnection, { id, dialplan }: AriChannel): Promise<boolean> {
  const [app] = dialplan.app_data.split(",");
  if (dialplan.app_name === "Stasis") return app === connection.app;
  if (!id.startsWith("hb-")) return false;
  const path = `channels/${encodeURIComponent(id)}/variable`;
  const { status, body } = await connection.request("GET", path, { variable: ownerVariable });
  return status === 200 && (body as { value?: string } | null)?.value === connection.app;
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
