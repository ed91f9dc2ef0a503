import type { IncomingCall } from "#call/incoming.ts";
import type { Line } from "#call/line.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { AriConnection } from "./ari-connection.ts";
import type { AriChannel } from "./ari-events.ts";

/** What the dialplan says of a call that it sends to us: its first word, and then the number that was rung. */
export const inboundWord = "inbound";

/** Where the dialplan's apology is (dialplans/asterisk/extensions.conf). */
const apology = { context: "hearback", extension: "away", priority: 1 };

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
