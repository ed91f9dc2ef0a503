import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { AriEvent } from "./ari-events.ts";

export type EventHandler = (event: AriEvent) => void;

/**
 * Who gets which event, by channel id: one look-up an event, however many calls there are. (ari-client's own listeners
 * by instance are a list walked on each event, and stay for ever when their event never comes.)
 */
export class EventDispatch {
  readonly #handlers = new Map<string, EventHandler>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** One handler an id; returns what takes it away again. */
  attach(channelId: string, handler: EventHandler): () => void {
    this.#handlers.set(channelId, handler);
    return () => {
      if (this.#handlers.get(channelId) === handler) this.#handlers.delete(channelId);
    };
  }

  owns(channelId: string): boolean {
    return this.#handlers.has(channelId);
  }

  get size(): number {
    return this.#handlers.size;
  }

  /** False when nobody has this channel. A handler that throws harms nobody else. */
  give(channelId: string, event: AriEvent): boolean {
    const handler = this.#handlers.get(channelId);
    if (!handler) return false;
    try {
      handler(event);
    } catch (thrown) {
      this.#logger.error(
        { channelId, event: event.type, problem: messageOf(thrown) },
        "an event could not be handled",
      );
    }
    return true;
  }
}
