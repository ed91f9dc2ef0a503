/** What the pages of governance do. Each act is checked against the user's trusts here, and audited with it. */
import type { Pool } from "pg";
import type { AuditEntry } from "#access/audit.ts";
import type { SignedIn } from "#access/rights.ts";
import { personOf } from "#campaign/person.ts";
import { AppError } from "#lib/errors.ts";
import type { GovernanceDesk, PersonRequest } from "#web/room/governance/ports.ts";
import { auditCsv, auditPage, writeAudit } from "./audit-log.ts";
import type { Ciphers } from "./ciphers.ts";
import {
  copyOf,
  type EraseOne,
  forgetPerson,
  heldOf,
  type PersonCopy,
  type PersonKey,
  storiesOf,
} from "./person-data.ts";
import { outlookOf, retentionOf } from "./retention.ts";
import { inRoom } from "./room.ts";
import { maybeRow, oneRow, rows } from "./rows.ts";
import { inTransaction, type Tx } from "./transaction.ts";

export interface GovernanceParts {
  pool: Pool;
  ciphers: Ciphers;
  erase: EraseOne;
  /** A story's sound as a browser plays it; null where it is gone. */
  wav(storyId: string): Promise<Uint8Array | null>;
  /** Of named files. */
  zip(files: Record<string, Uint8Array>): Uint8Array;
}

const COLUMNS = `id, trust, by_number as "byNumber", shown, reason, made_by_name as "madeByName", made_at as "madeAt",
  copied_at as "copiedAt", erased_at as "erasedAt", erased`;

type Keyed = PersonRequest & { hmac: Buffer };
const keyOf = ({ trust, byNumber, hmac }: Keyed): PersonKey => ({ trust, byNumber, hmac });

const trustsOf = ({ grants }: SignedIn): string[] => [
  ...new Set(grants.filter(({ role }) => role === "governance").map(({ trust }) => trust)),
];

function mustGovern(who: SignedIn, trust: string): void {
  if (!trustsOf(who).includes(trust)) throw new AppError("not_yours", "That trust is not yours to govern.");
}

const by = ({ userId, name }: SignedIn) => ({ kind: "user", id: userId, name }) as const;

export function createGovernanceDesk(parts: GovernanceParts): GovernanceDesk {
  const { pool } = parts;
  const acts = (work: (tx: Tx) => Promise<AuditEntry>) =>
    inTransaction(pool, async (tx) => writeAudit(tx, await work(tx)));
  return {
    audit: (who, filter, page) => inRoom(pool, who.userId, (tx) => auditPage(tx, filter, page)),
    auditCsv: async (who, filter, reason) => {
      const [trust = ""] = trustsOf(who);
      await acts(async () => ({
        ...{ who: by(who), action: "audit-export", subject: null, trust, reason, details: { format: "csv" } },
      }));
      return linesInRoom(pool, who, filter);
    },
    retention: async (who) => {
      const all = await retentionOf(pool, trustsOf(who));
      return Promise.all(all.map(async (each) => ({ ...each, outlook: await outlookOf(pool, each) })));
    },
    keepFor: async (who, { trust, storyDays, personDays }, reason) => {
      mustGovern(who, trust);
      await acts(async (tx) => {
        await tx.query(
          `insert into retention (trust, story_days, person_days, changed_by) values ($1, $2, $3, $4)
           on conflict (trust) do update set story_days = excluded.story_days, person_days = excluded.person_days,
             changed_by = excluded.changed_by, changed_at = clock_timestamp()`,
          [trust, storyDays, personDays, who.name],
        );
        const details = { days: storyDays, from: personDays === null ? "kept" : `${personDays} days` };
        return {
          ...{ who: by(who), action: "retention-change", subject: { kind: "trust", id: trust } },
          trust,
          reason,
          details,
        };
      });
    },
    askFor: async (who, { key, trust, reason }) => {
      mustGovern(who, trust);
      return askFor(parts, who, { key, trust, reason });
    },
    requests: (who) =>
      inRoom(pool, who.userId, (tx) =>
        rows<PersonRequest>(tx, `select ${COLUMNS} from person_request order by id desc limit 100`),
      ),
    request: async (who, id) => {
      const found = await requestOf(pool, who, id);
      if (!found) return null;
      const { hmac: _, ...shown } = found;
      return { ...shown, held: await heldOf(pool, keyOf(found)) };
    },
    copy: (who, id) => copy(parts, who, id),
    erase: (who, id, also) => erasePerson(parts, who, id, also),
  };
}

/** The rows are its user's: read a page at a time, each as that user, so that no transaction is held open meanwhile. */
async function* linesInRoom(
  pool: Pool,
  who: SignedIn,
  filter: Parameters<typeof auditCsv>[1],
): AsyncGenerator<string> {
  const db = {
    query: (...query: unknown[]) =>
      inRoom(pool, who.userId, (tx) => (tx.query as (...query: unknown[]) => Promise<unknown>)(...query)),
  } as Parameters<typeof auditCsv>[0];
  yield* auditCsv(db, filter);
}

async function askFor(
  { pool, ciphers }: GovernanceParts,
  who: SignedIn,
  { key, trust, reason }: Parameters<GovernanceDesk["askFor"]>[1],
): Promise<string> {
  const byNumber = "phone" in key;
  const hmac = byNumber
    ? ciphers.hash("phone", key.phone)
    : ciphers.hash("person", personOf({ nhsNumber: key.nhsNumber, phone: "", givenName: null }));
  const shown = byNumber
    ? `number ending ${key.phone.slice(-3)}`
    : `NHS number ending ${key.nhsNumber.slice(-3)}`;
  return inTransaction(pool, async (tx) => {
    const { id } = await oneRow<{ id: string }>(
      tx,
      `insert into person_request (trust, by_number, key_hmac, shown, reason, made_by, made_by_name)
       values ($1, $2, $3, $4, $5, $6, $7) returning id`,
      [trust, byNumber, hmac, shown, reason, who.userId, who.name],
    );
    await writeAudit(tx, {
      ...{ who: by(who), action: "subject-access", subject: { kind: "request", id }, trust, reason },
      details: { kind: byNumber ? "number" : "nhs-number", outcome: "looked up" },
    });
    return id;
  });
}

/** As its user may see it, and with the hash that no page is shown. */
async function requestOf(pool: Pool, who: SignedIn, id: string): Promise<Keyed | null> {
  return maybeRow<Keyed>(
    pool,
    `select ${COLUMNS}, key_hmac as hmac from person_request where id = $1 and trust = any ($2)`,
    [id, trustsOf(who)],
  );
}

async function copy(
  { pool, ciphers, wav, zip }: GovernanceParts,
  who: SignedIn,
  id: string,
): Promise<Uint8Array | null> {
  const found = await requestOf(pool, who, id);
  if (!found) return null;
  // Before its first byte: what was not written down is not given out.
  await inTransaction(pool, async (tx) => {
    await tx.query("update person_request set copied_at = clock_timestamp() where id = $1", [id]);
    await writeAudit(tx, {
      ...{ who: by(who), action: "subject-access", subject: { kind: "request", id }, trust: found.trust },
      ...{ reason: found.reason, details: { outcome: "copied" } },
    });
  });
  const copied: PersonCopy = await copyOf(pool, keyOf(found), ciphers);
  const files: Record<string, Uint8Array> = {};
  for (const { id: storyId, hasSound } of copied.stories) {
    const sound = hasSound ? await wav(storyId) : null;
    if (sound) files[`story-${storyId}.wav`] = sound;
  }
  files["data.json"] = Buffer.from(`${JSON.stringify(copied, null, 2)}\n`);
  return zip(files);
}

async function erasePerson(
  { pool, erase }: GovernanceParts,
  who: SignedIn,
  id: string,
  also: { neverCall: boolean },
): Promise<PersonRequest | null> {
  const found = await requestOf(pool, who, id);
  if (!found) return null;
  const key = keyOf(found);
  const { open } = await heldOf(pool, key);
  if (open > 0) await withdrawOpen(pool, key);
  const stories = await storiesOf(pool, key);
  for (const storyId of stories) await erase(storyId, { by: by(who), why: found.reason });
  await inTransaction(pool, async (tx) => {
    const { visits, callbacks, calling } = await forgetPerson(tx, key, also);
    if (calling > 0)
      throw new AppError(
        "person_on_the_line",
        "One of their telephones is being called just now: try again when it is over.",
      );
    const gone = { stories: stories.length, visits, callbacks };
    await tx.query(
      `update person_request set erased_at = clock_timestamp(), erased = (
         select jsonb_object_agg(name, coalesce((erased->>name)::int, 0) + n::int) from jsonb_each_text($2) as g (name, n))
       where id = $1`,
      [id, JSON.stringify(gone)],
    );
    await writeAudit(tx, {
      ...{
        who: by(who),
        action: "erase",
        subject: { kind: "request", id },
        trust: found.trust,
        reason: found.reason,
      },
      details: {
        rows: visits,
        files: stories.length,
        outcome: also.neverCall ? "never called again" : "erased",
      },
    });
  });
  return requestOf(pool, who, id);
}

/** First of all nothing of them is called any more. */
const withdrawOpen = (pool: Pool, { trust, byNumber, hmac }: PersonKey) =>
  inTransaction(pool, (tx) =>
    tx.query(
      `update visit set status = 'withdrawn' where trust = $1 and status in ('due', 'held')
         and case when $2 then phone_hmac = $3 else person_hmac = $3 end`,
      [trust, byNumber, hmac],
    ),
  );
