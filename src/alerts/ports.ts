/** What the alerts need of the house: postgres/alert-book.ts, and notify/ for each way to people. */
import type { AlertEntry, Decision } from "./decide.ts";
import type { AlertText } from "./wording.ts";

export interface AlertBook {
  /**
   * In one transaction, and one process at a time: what is known is read, what is decided of it is written, and for each
   * message a job a channel is queued. Open alerts are given, and those told lately.
   */
  settle(decide: (known: AlertEntry[]) => Decision): Promise<void>;
}

/** A message as it goes out; sent again it has the same id, so that a receiver knows it. */
export interface OutgoingAlert extends AlertText {
  id: string;
  at: string;
}

/** One way to people. */
export interface Messenger {
  /** Throws what went wrong: the queue tries again, later and later. */
  send(alert: OutgoingAlert): Promise<void>;
}

export type Channel = "webhook" | "mail";
export type Messengers = Partial<Record<Channel, Messenger>>;
