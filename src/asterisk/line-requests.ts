import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { AriConnection } from "./ari-connection.ts";

/** What a line asks of Asterisk. A call does not break because a request did: the answer is a status, or none. */
export class LineRequests {
  readonly connection: AriConnection;
  readonly #channelId: string;
  readonly #logger: Logger;
  /** Asterisk has said that the channel is not there any more, whatever its events have told by then. */
  channelGone = false;

  constructor(connection: AriConnection, channelId: string, logger: Logger) {
    this.connection = connection;
    this.#channelId = channelId;
    this.#logger = logger;
  }

  /** Null when no answer came: what became of it is found out after the next connection. Never throws. */
  async send(
    method: "GET" | "POST" | "DELETE",
    path: string,
    query: Record<string, string | number> = {},
    json?: unknown,
  ): Promise<number | null> {
    try {
      const body = json === undefined ? {} : { json };
      const { status } = await this.connection.request(method, path, query, body);
      if (status === 404 && path.startsWith(`channels/${this.#channelId}/`)) this.channelGone = true;
      return status;
    } catch (thrown) {
      this.#logger.warn(
        { channelId: this.#channelId, problem: messageOf(thrown) },
        "a request was not answered",
      );
      return null;
    }
  }

  /** Sets a channel variable or function, e.g. TALK_DETECT. */
  set(channelId: string, { variable, value }: { variable: string; value: string }): Promise<number | null> {
    return this.send("POST", `channels/${channelId}/variable`, { variable, value });
  }
}

/** Asterisk answered, and it was a refusal. Without an answer (null) nothing is known yet. */
export const refused = (status: number | null): boolean => status !== null && status >= 400;
