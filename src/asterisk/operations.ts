import type { Client } from "ari-client";
import type { Clock } from "#lib/clock.ts";
import { type AriAccess, type AttachedClient, attachClient } from "./ari-link.ts";

/**
 * The operations of one Asterisk, read from it once and shared by all links to it: to read them takes a dozen requests
 * and, on a busy machine, a second, in which the callers of a process that died hear nothing.
 */
export class Operations {
  readonly #access: AriAccess;
  readonly #clock: Clock;
  #attached: { version: string; client: Promise<AttachedClient> } | null = null;

  constructor(access: AriAccess, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  /** @returns a client for one link, not started. @throws AppError ari_timeout, or what ari-client threw */
  async clientFor(version: string): Promise<Client> {
    if (this.#attached?.version !== version) {
      this.close();
      const client = attachClient(this.#access, this.#clock);
      const attached = { version, client };
      this.#attached = attached;
      client.catch(() => {
        if (this.#attached === attached) this.#attached = null;
      });
    }
    return ofItsOwn((await this.#attached!.client).client);
  }

  close(): void {
    this.#attached?.client.then(
      ({ detach }) => detach(),
      () => {},
    );
    this.#attached = null;
  }
}

/** ari-client keeps its websocket in itself, and nothing else that two links could not share. */
const ofItsOwn = (client: Client): Client =>
  Object.assign(Object.create(Object.getPrototypeOf(client)) as Client, client);
