import type { CutOffCaller, IncomingCall } from "#call/incoming.ts";
import type { Line } from "#call/line.ts";
import { playbackIdsOf } from "#call/line-events.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { AriConnection } from "./ari-connection.ts";
import type { AriChannel } from "./ari-events.ts";

/** What the dialplan says of a call that it sends to us: its first word, and then the number that was rung. */
export const inboundWord = "inbound";

/** Where the dialplan's apology is (dialplans/asterisk/extensions.conf), and in what it keeps the number that was rung. */
const apology = { context: "hearback", extension: "away", priority: 1 };
const rungVariable = "HEARBACK_RUNG";

/**
 * A call of nobody, which the check of a dialplan sends through it (live-dialplan.ts): no trunk has such a channel, and no
 * dialplan of ours makes one. It is answered, which is all that it asks, and no more.
 */
export const isCheckCall = ({ name }: AriChannel): boolean => name.startsWith("Local/");

export interface InboundLine extends Line {
  /** Once it is answered. */
  listenForTalk(): void;
  lose(reason: string): void;
}

/** A call to us, as ARI shows it. Requests that fail need no answer: the channel is gone, and its line says so. */
export function incomingCall(
  connection: AriConnection,
  node: string,
  channel: AriChannel,
  args: string[],
  line: InboundLine,
  logger: Logger,
): IncomingCall {
  const path = `channels/${encodeURIComponent(channel.id)}`;
  const send = (method: "POST" | "DELETE", what: string, query: Record<string, string | number> = {}) =>
    void connection
      .request(method, what, query)
      .catch((thrown) =>
        logger.warn({ channelId: channel.id, problem: messageOf(thrown) }, "a request was not answered"),
      );
  return {
    channelId: channel.id,
    node,
    from: channel.caller?.number ?? "",
    to: args[1] ?? "",
    answer: () => {
      send("POST", `${path}/answer`);
      line.listenForTalk();
      return line;
    },
    engaged: () => {
      send("DELETE", path, { reason: "busy" });
      line.lose("not taken");
    },
    apologise: () => {
      send("POST", `${path}/continue`, apology);
      line.lose("handed to the dialplan");
    },
  };
}

/**
 * Moves a call that another process of ours held under our own application, as if it had just come in: it begins with
 * the greeting. Not by the dialplan, which apologises as long as nobody has taken the dead one's role.
 * @returns whether they are still on the line
 */
export async function greetAgain(
  connection: AriConnection,
  { channelId, recordings }: CutOffCaller,
): Promise<boolean> {
  // Until they end, nothing else happens on the channel.
  for (const id of playbackIdsOf(channelId))
    await connection.request("DELETE", `playbacks/${encodeURIComponent(id)}`);
  for (const name of recordings)
    await connection.request("POST", `recordings/live/${encodeURIComponent(name)}/stop`);
  const channel = `channels/${encodeURIComponent(channelId)}`;
  const rung = await connection.request("GET", `${channel}/variable`, { variable: rungVariable });
  if (rung.status === 404) return false;
  const appArgs = [inboundWord, (rung.body as { value?: string } | null)?.value ?? ""].join(",");
  const { status } = await connection.request("POST", `${channel}/move`, { app: connection.app, appArgs });
  if (status === 404) return false;
  if (status >= 400) throw new Error(`Asterisk answered ${status}`);
  return true;
}
