import { type AttentiveLine, LineEnded } from "./line-events.ts";

/** A machine answered: what gave it away. */
export class MachineHeard extends Error {
  readonly by: "beep" | "talk";
  constructor(by: "beep" | "talk") {
    super(`answering machine (${by})`);
    this.by = by;
  }
}

/** We are hanging up on a machine. A key that still arrives shows that it was a person: counted. */
export async function isPersonAfterAll(line: AttentiveLine): Promise<boolean> {
  const until = line.nowMs() + 1_000;
  try {
    for (;;) {
      const event = await line.next(until);
      if (!event) return false;
      if (event.kind === "key") return true;
    }
  } catch (thrown) {
    if (!(thrown instanceof LineEnded)) throw thrown;
    return false;
  }
}
