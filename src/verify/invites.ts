/** I4 as the far end saw it: each INVITE against the attempts. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { AppError } from "#lib/errors.ts";
import { rows } from "#postgres/rows.ts";
import type { Tx } from "#postgres/transaction.ts";
import type { Ciphers } from "#storage/ciphers.ts";
import type { BrokenRow } from "./verified.ts";

/** A call as it reached the far end; the same INVITE sent again by SIP's own rules is one. */
export interface Invite {
  at: Date;
  /** E.164, as it was dialled. */
  number: string;
  /** SIP's Call-ID, or whatever the far end knows it by. */
  callId: string;
}

/** Attempts, and calls to the staff, are matched by number and time: a number has one call at a time (I2). */
const MATCH = `
  select i.n::int - 1 as index, a.id::text as "attemptId" from unnest($1::timestamptz[], $2::bytea[])
    with ordinality as i (at, phone, n)
  left join lateral (
    (select id, dialed_at from attempt
      where phone_hmac = i.phone and dialed_at <= i.at and disposition is distinct from 'pending'
      order by dialed_at desc limit 1)
    union all
    (select id, dialled_at from housekeeping.staff_call where phone_hmac = i.phone and dialled_at <= i.at
      order by dialled_at desc limit 1)
    order by dialed_at desc limit 1
  ) a on true`;
const batch = 500;

/** INVITEs without an attempt that was committed before them, and attempts with more than one. */
export async function* strayInvites(
  tx: Tx,
  ciphers: Pick<Ciphers, "hash">,
  invites: AsyncIterable<Invite>,
): AsyncGenerator<BrokenRow> {
  const known = new Map<string, number>();
  for await (const some of inBatches(invites)) {
    const values = [some.map(({ at }) => at), some.map(({ number }) => ciphers.hash("phone", number))];
    const found = await rows<{ index: number; attemptId: string | null }>(tx, MATCH, values);
    for (const { index, attemptId } of found) {
      const { callId } = some[index]!;
      if (attemptId === null) yield { id: callId, what: "an INVITE that no attempt was committed for" };
      else known.set(attemptId, (known.get(attemptId) ?? 0) + 1);
    }
  }
  for (const [id, count] of known) if (count > 1) yield { id, what: `${count} INVITEs for one attempt` };
}

async function* inBatches(invites: AsyncIterable<Invite>): AsyncGenerator<Invite[]> {
  let some: Invite[] = [];
  for await (const invite of invites) {
    some.push(invite);
    if (some.length === batch) {
      yield some;
      some = [];
    }
  }
  if (some.length > 0) yield some;
}

/**
 * A line each: time (ISO 8601), number, call id.
 * @throws AppError `invites_unreadable` naming the line
 */
export async function* readInvites(file: string): AsyncGenerator<Invite> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line += 1;
    if (text === "" || text.startsWith("time,")) continue;
    const [time, number, callId] = text.split(",");
    const at = new Date(time ?? "");
    if (Number.isNaN(at.getTime()) || !/^\+[0-9]+$/.test(number ?? "") || !callId)
      throw new AppError(
        "invites_unreadable",
        `${file}, line ${line}: not a time, a number and a call id, separated by commas.`,
      );
    yield { at, number: number!, callId };
  }
}
