/** All that is held of one person: found by a keyed hash, told whole, and erased. */
import type { Erasure, ErasureOrder } from "#recording/ports.ts";
import type { Held } from "#web/room/governance/ports.ts";
import type { Ciphers } from "./ciphers.ts";
import { changed, type Db, oneRow, rows } from "./rows.ts";
import type { Tx } from "./transaction.ts";

/** By which a person's rows are found, in one trust. */
export interface PersonKey {
  trust: string;
  byNumber: boolean;
  hmac: Buffer;
}

const VISITS = `select v.id from visit v where v.trust = $1 and case when $2 then v.phone_hmac = $3 else v.person_hmac = $3 end`;
const OPT_OUTS = `select o.id from opt_out o where case when $2 then o.phone_hmac = $3 else o.person_hmac = $3 end
  and o.trust = $1`;

const valuesOf = ({ trust, byNumber, hmac }: PersonKey): unknown[] => [trust, byNumber, hmac];

export const heldOf = (db: Db, key: PersonKey): Promise<Held> =>
  oneRow<Held>(
    db,
    `with theirs as (${VISITS})
     select (select count(*)::int from theirs) as visits,
       (select count(*)::int from visit where id in (select id from theirs) and status in ('due', 'calling', 'held')) as open,
       (select count(*)::int from call where visit_id in (select id from theirs)) as calls,
       (select count(*)::int from story where visit_id in (select id from theirs) and audio <> 'discarded') as stories,
       (select count(*)::int from (${OPT_OUTS}) o) as "optOuts"`,
    valuesOf(key),
  );

interface Details {
  phone: Buffer;
  givenName: Buffer | null;
  nhsNumber: Buffer | null;
  extra: Buffer | null;
}

/** As the person is told it: plain names of things, and no codes of ours but ids. */
export interface PersonCopy {
  visits: Record<string, unknown>[];
  calls: Record<string, unknown>[];
  keys: Record<string, unknown>[];
  answers: Record<string, unknown>[];
  stories: { id: string; hasSound: boolean; [field: string]: unknown }[];
  callbacks: Record<string, unknown>[];
  wishesNotToBeCalled: Record<string, unknown>[];
}

export async function copyOf(db: Db, key: PersonKey, ciphers: Pick<Ciphers, "decrypt">): Promise<PersonCopy> {
  const values = valuesOf(key);
  const theirs = (sql: string) =>
    rows<Record<string, unknown>>(db, `with theirs as (${VISITS}) ${sql}`, values);
  const visits = await rows<Details & Record<string, unknown>>(
    db,
    `select id, visit_ref as reference, visit_at as "visitAt", site, ward, service, language,
       do_not_call_reason as "doNotCallReason", status, disposition, attempts, created_at as "onOurListSince",
       erased_at as "erasedAt", phone_enc as phone, given_name_enc as "givenName", nhs_number_enc as "nhsNumber",
       extra_enc as extra
     from visit where id in (${VISITS}) order by id`,
    values,
  );
  const open = (kind: Parameters<Ciphers["decrypt"]>[0], bytes: Buffer | null) =>
    bytes === null || bytes.length === 0 ? null : ciphers.decrypt(kind, bytes);
  return {
    visits: visits.map(({ phone, givenName, nhsNumber, extra, ...rest }) => ({
      ...rest,
      telephone: open("phone", phone),
      givenName: open("given-name", givenName),
      nhsNumber: open("nhs-number", nhsNumber),
      otherColumns: JSON.parse(open("extra", extra) ?? "{}"),
    })),
    calls: await theirs(`select a.id, a.visit_id as "visitId", a.number, a.reason, a.dialed_at as "dialledAt",
        a.answered_at as "answeredAt", a.ended_at as "endedAt", a.disposition, c.rating, c.share_consent as "mayBeShared"
      from attempt a left join call c on c.attempt_id = a.id where a.visit_id in (select id from theirs) order by a.id`),
    keys: await theirs(`select k.call_id as "callId", k.pressed_at as "at", k.digit as key, k.step as question
      from key_press k join call c on c.id = k.call_id where c.visit_id in (select id from theirs)
      order by k.call_id, k.sequence`),
    answers: await theirs(`select w.call_id as "callId", w.answered_at as "at", w.question, w.value as answer
        from answer w join call c on c.id = w.call_id where c.visit_id in (select id from theirs)
        order by w.call_id, w.question`),
    stories:
      (await theirs(`select s.id, s.visit_id as "visitId", s.state, s.created_at as "toldAt", s.duration_ms as "durationMs",
        s.audio = 'stored' as "hasSound", t.text as words, t.engine as "wordsHeardBy",
        housekeeping.words_of(s.id) as "wordsAsTheyStand"
      from story s left join transcript t on t.story_id = s.id and t.current
      where s.visit_id in (select id from theirs) order by s.id`)) as PersonCopy["stories"],
    callbacks: await theirs(`select visit_id as "visitId", asked_at as "askedAt", due, state from callback
      where visit_id in (select id from theirs) order by id`),
    wishesNotToBeCalled: await rows(
      db,
      `select scope, source, written_at as "since", revoked_at as "withdrawnAt" from opt_out where id in (${OPT_OUTS})`,
      values,
    ),
  };
}

/** The ids of their stories that are not gone yet. */
export const storiesOf = async (db: Db, key: PersonKey): Promise<string[]> =>
  (
    await rows<{ id: string }>(
      db,
      `select id from story where visit_id in (${VISITS}) and audio <> 'discarded' order by id`,
      valuesOf(key),
    )
  ).map(({ id }) => id);

/**
 * Visits stop saying whose they were: names and numbers go, and the hashes by which they could be found again. What is
 * still to be called is withdrawn. A visit that is being called just now is left, and told.
 */
export async function forgetPerson(
  tx: Tx,
  key: PersonKey,
  { neverCall }: { neverCall: boolean },
): Promise<{ visits: number; callbacks: number; calling: number }> {
  const values = valuesOf(key);
  await tx.query(`select id from visit where id in (${VISITS}) order by id for no key update`, values);
  const { calling } = await oneRow<{ calling: number }>(
    tx,
    `select count(*)::int as calling from visit where id in (${VISITS}) and status = 'calling'`,
    values,
  );
  if (calling > 0) return { visits: 0, callbacks: 0, calling };
  if (neverCall)
    await tx.query(
      `insert into opt_out (trust, unit, scope, source, phone_hmac, person_hmac)
       select $1, 'all', case when $2 then 'number' else 'person' end, 'staff', case when $2 then $3::bytea end,
         case when not $2 then $3::bytea end
       where not exists (select from opt_out o where o.revoked_at is null and o.purpose = 'survey' and o.channel = 'voice'
         and o.scope = case when $2 then 'number' else 'person' end
         and coalesce(o.phone_hmac, o.person_hmac) = $3)`,
      values,
    );
  const callbacks = await changed(
    tx,
    `update callback set state = 'withdrawn' where state = 'promised' and visit_id in (${VISITS})`,
    values,
  );
  return {
    callbacks,
    visits: await forgetVisits(tx, `id in (${VISITS}) and erased_at is null`, values),
    calling: 0,
  };
}

/** A hash that nothing fits, of its own for each row. */
const NOBODY = "sha256(uuid_send(gen_random_uuid()))";

/** @param which a condition of rows of visit, locked already. @returns how many */
export async function forgetVisits(tx: Tx, which: string, values: unknown[]): Promise<number> {
  const { forgotten } = await oneRow<{ forgotten: number }>(
    tx,
    `with forgotten as (
       update visit set phone_enc = '', given_name_enc = null, nhs_number_enc = null, extra_enc = null,
         phone_hmac = ${NOBODY}, person_hmac = ${NOBODY}, erased_at = clock_timestamp(),
         status = case when status in ('due', 'held') then 'withdrawn' else status end
       where ${which} returning id
     ), attempts as (
       update attempt a set phone_hmac = ${NOBODY}, person_hmac = ${NOBODY} from forgotten f where a.visit_id = f.id
     ), answers as (
       delete from answer w using call c, forgotten f where c.visit_id = f.id and w.call_id = c.id
         and jsonb_typeof(w.value) <> 'boolean'
     ), calls as (
       update call c set phone_hmac = null, flow_state = jsonb_set(flow_state, '{answers}', coalesce((
           select jsonb_object_agg(key, value) from jsonb_each(c.flow_state -> 'answers')
           where key in ('rating', 'shareConsent') or jsonb_typeof(value) = 'boolean'), '{}'))
       from forgotten f where c.visit_id = f.id
     )
     select count(*)::int as forgotten from forgotten`,
    values,
  );
  return forgotten;
}

/** Erases one story as recording/erase-story.ts does. */
export type EraseOne = (storyId: string, order: ErasureOrder) => Promise<Erasure>;
