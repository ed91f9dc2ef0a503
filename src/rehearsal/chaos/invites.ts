import type { Invite } from "#verify/invites.ts";
import type { FarCall } from "./tally.ts";

export async function* createVerifiedInvites(calls: readonly FarCall[]): AsyncGenerator<Invite> {
  for (const { atMs, number, id } of calls) yield { at: new Date(atMs), number, callId: id };
}
