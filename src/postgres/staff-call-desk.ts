/** "Call me now", for pages and commands: what is asked is a row, which whoever serves makes a call of. */

import type { StaffNumber } from "#call/staff-call.ts";
import { shortMask } from "#campaign/phone-number.ts";
import { readFlows } from "#flow/check/check-flows.ts";
import { newId } from "#lib/ids.ts";
import { readManifest } from "#prompts/manifest.ts";
import { digestOf, hashesOf, type ReleaseFiles } from "#release/files.ts";
import type { Author, Place } from "#release/ports.ts";
import {
  type AskedStaffCall,
  type StaffCallDesk,
  type StaffCallOrder,
  type StaffCallView,
  staffCallLimits,
  takenWithinSeconds,
} from "#release/staff-call.ts";
import { writeAudit } from "./audit-log.ts";
import type { Ciphers } from "./ciphers.ts";
import type { Folders } from "./release-draft.ts";
import { type AuthorRow, authorOf, authorValues, putContent } from "./release-files.ts";
import { filesAt } from "./release-read.ts";
import { changed, type Db, maybeRow, oneRow, rows } from "./rows.ts";
import { diallingStopped } from "./stop-switch.ts";
import type { Tx } from "./transaction.ts";

export interface StaffCallDeskParts {
  /** A transaction as whoever asks: `inRoom`, or `inTransaction`. */
  within<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  folders: Folders;
  ciphers: Pick<Ciphers, "hash">;
  numbers: readonly StaffNumber[];
}

export function createStaffCallDesk({
  within,
  folders,
  ciphers,
  numbers,
}: StaffCallDeskParts): StaffCallDesk {
  const allowed = numbers.map(({ phone, label }) => {
    const hmac = ciphers.hash("phone", phone);
    return { id: hmac.toString("hex").slice(0, 16), shown: label ?? shortMask(phone), hmac };
  });
  return {
    numbers: allowed.map(({ id, shown }) => ({ id, shown })),
    ask: (order, author) =>
      within(async (tx) => {
        const number = allowed.find(({ id }) => id === order.number);
        if (!number) return refused(notAllowed);
        return ask(tx, folders, { order, number, author });
      }),
    show: (id) => within((tx) => showOne(tx, id)),
    recent: (most) =>
      within(async (tx) =>
        (await rows<Row>(tx, `${SHOW} order by asked_at desc limit $1`, [most])).map(viewOf),
      ),
    end: (id, author) =>
      within(async (tx) => {
        const sql = `update housekeeping.staff_call set end_asked_at = clock_timestamp()
          where id::text = $1 and ended_at is null and end_asked_at is null`;
        if ((await changed(tx, sql, [id])) === 0) return false;
        await writeAudit(tx, {
          ...{ who: author, action: "staff-call-end", trust: null, reason: null, details: {} },
          subject: { kind: "staff-call", id },
        });
        return true;
      }),
  };
}

const notAllowed = "that number is not among those of HEARBACK_STAFF_NUMBERS, and no other is rung";
const refused = (because: string): AskedStaffCall => ({ kind: "refused", because });

interface Asked {
  order: StaffCallOrder;
  number: { hmac: Buffer; shown: string };
  author: Author;
}

async function ask(tx: Tx, folders: Folders, { order, number, author }: Asked): Promise<AskedStaffCall> {
  // One after the other: of two who click at once, the second sees the first's call.
  await tx.query("select pg_advisory_xact_lock(hashtextextended('hearback staff calls', 0))");
  const stopped = await diallingStopped(tx);
  if (stopped) return refused(`all dialling stands still, by ${stopped.by}: ${stopped.because}`);
  const because = await tooSoon(tx, number.hmac);
  if (because !== null) return refused(because);
  const files = await filesAt(tx, folders, order.place);
  if (!files) return refused(`there is no release ${order.place}`);
  const fault = faultOf(files, order);
  if (fault !== null) return refused(fault);
  const id = newId();
  await putMissing(tx, files);
  await tx.query(
    `insert into housekeeping.staff_call (id, phone_hmac, shown, place, digest, files, flow, language, fields,
       author_kind, author_id, author_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[id, number.hmac, number.shown, String(order.place), digestOf(files)],
      ...[JSON.stringify(Object.fromEntries(hashesOf(files))), order.flow, order.language],
      ...[JSON.stringify(lowerCased(order.fields)), ...authorValues(author)],
    ],
  );
  await writeAudit(tx, {
    ...{ who: author, action: "staff-call", trust: null, reason: null },
    subject: { kind: "staff-call", id },
    details: { path: pathOf(order.flow), version: String(order.place), label: number.shown },
  });
  return { kind: "asked", id };
}

/** As the columns of a list are known. */
const lowerCased = (fields: StaffCallOrder["fields"]): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([name, text]) => [name.toLowerCase(), text]));

/** One that nobody took in time, or whose instance is gone, keeps no other waiting. */
const LET_GO = `
  update housekeeping.staff_call set state = 'refused', ended_at = clock_timestamp(), fields = null, files = null,
    outcome = 'no Hearback took it'
  where state = 'asked' and asked_at < clock_timestamp() - interval '${takenWithinSeconds} s'`;

const SO_FAR = `
  select count(*)::int as "inAll", count(*) filter (where phone_hmac = $1)::int as "perNumber",
    count(*) filter (where phone_hmac = $1 and ended_at is null)::int as open
  from housekeeping.staff_call
  where ended_at is null or asked_at > clock_timestamp() - interval '${staffCallLimits.withinMinutes} minutes'`;

async function tooSoon(tx: Tx, phone: Buffer): Promise<string | null> {
  await tx.query(LET_GO);
  const { inAll, perNumber, open } = await oneRow<{ inAll: number; perNumber: number; open: number }>(
    tx,
    SO_FAR,
    [phone],
  );
  const { withinMinutes } = staffCallLimits;
  if (open > 0) return "that telephone is being rung already: end that call first, or wait for its end";
  if (perNumber >= staffCallLimits.perNumber)
    return `that telephone was rung ${perNumber} times within ${withinMinutes} minutes: wait a little`;
  if (inAll >= staffCallLimits.inAll)
    return `${inAll} such calls were made within ${withinMinutes} minutes: wait a little`;
  return null;
}

const pathOf = (flow: string): string => `flows/${flow}.yaml`;

/** Why the flow cannot be heard; null where it can. */
function faultOf(files: ReleaseFiles, { flow: name, language, fields }: StaffCallOrder): string | null {
  const { flows, faults } = readFlows(files);
  const flow = flows.get(name);
  const wrong = faults.filter(({ file, level }) => file === pathOf(name) && level === "fault");
  if (wrong.length > 0) {
    const [{ line, what, instead }] = wrong as [(typeof wrong)[number]];
    return `the flow ${name} has a fault in line ${line ?? 1}: ${what}; ${instead}`;
  }
  if (!flow) return `there is no flow ${name} there`;
  const languages = [...(readManifest(files).manifest?.languages.keys() ?? [])];
  if (!languages.includes(language))
    return `no prompt is spoken in ${language}: there are ${languages.join(", ")}`;
  const known = Object.keys(flow.contact ?? {}).map((field) => field.toLowerCase());
  const strange = Object.keys(fields).find((field) => !known.includes(field.toLowerCase()));
  return strange === undefined
    ? null
    : `the flow ${name} knows no field ${strange}; it knows ${known.join(", ") || "none"}`;
}

/** What the database has already is not sent again. */
async function putMissing(tx: Tx, files: ReleaseFiles): Promise<void> {
  const hashes = hashesOf(files);
  const found = await rows<{ sha256: string }>(
    tx,
    "select sha256 from housekeeping.release_content where sha256 = any($1)",
    [[...hashes.values()]],
  );
  const there = new Set(found.map(({ sha256 }) => sha256));
  await putContent(
    tx,
    [...files].filter(([path]) => !there.has(hashes.get(path)!)).map(([, bytes]) => bytes),
  );
}

interface Row extends AuthorRow, Omit<StaffCallView, "by" | "place" | "trail" | "steps"> {
  place: string;
  steps: { step: string; at: string }[];
  trail: StaffCallView["trail"] | null;
}

const SHOW = `
  select id, case when state = 'asked' and asked_at < clock_timestamp() - interval '${takenWithinSeconds} s'
      then 'refused' else state end as state,
    case when state = 'asked' then 'no Hearback took it' else outcome end as outcome,
    shown, place, digest, flow, language, author_kind, author_id, author_name, asked_at as "askedAt",
    answered_at as "answeredAt", ended_at as "endedAt", end_asked_at is not null as "endAsked", steps, trail
  from housekeeping.staff_call`;

const showOne = async (db: Db, id: string): Promise<StaffCallView | null> => {
  const row = await maybeRow<Row>(db, `${SHOW} where id::text = $1`, [id]);
  return row && viewOf(row);
};

function viewOf(row: Row): StaffCallView {
  const { id, state, shown, digest, flow, language, askedAt, answeredAt, endedAt, endAsked, outcome } = row;
  return {
    ...{ id, state, shown, digest, flow, language, askedAt, answeredAt, endedAt, endAsked, outcome },
    place: (row.place === "draft" ? "draft" : Number(row.place)) satisfies Place,
    by: authorOf(row),
    steps: row.steps.map(({ step, at }) => ({ step, at: new Date(at) })),
    trail: row.trail ?? [],
  };
}
