/** What signing in asks of the house. Joined in room-parts.ts. */
import type { Door } from "#access/door.ts";
import type { SessionBook, SignInService } from "#access/door-ports.ts";
import type { AccountBook } from "#access/ports.ts";

export interface SignInParts {
  door: Door;
  sessions: SessionBook;
  accounts: AccountBook;
  /** The organisation's own; null: there are local accounts only. */
  service: SignInService | null;
}
