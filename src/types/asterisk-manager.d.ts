/** asterisk-manager 0.2.0 has no types of its own; these are the parts that we use. */
declare module "asterisk-manager" {
  import type { EventEmitter } from "node:events";

  /** What Asterisk sent: keys in lower case; a key that came twice is an array. */
  export type ManagerItem = Record<string, string | string[] | Record<string, string> | undefined>;

  export interface AsteriskManager extends Pick<EventEmitter, "on" | "once" | "emit" | "removeAllListeners"> {
    connect(port: number, host: string, callback?: (error: Error | null) => void): void;
    /** Answers with the error item when refused. */
    login(callback?: (error?: ManagerItem) => void): void;
    /** The callback is never called when the connection breaks first: put a deadline on it. */
    action(
      action: Record<string, string>,
      callback: (error: ManagerItem | undefined, answer: ManagerItem) => void,
    ): string;
    disconnect(callback?: () => void): void;
  }

  /** With port 0 it does not connect by itself. */
  export default function Manager(
    port: number,
    host: string,
    user: string,
    secret: string,
    events?: boolean,
  ): AsteriskManager;
}
