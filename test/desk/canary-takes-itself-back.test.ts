/**
 * A canary that loses a prompt's sound on the Asterisk while people are being called: it is taken back by itself, says
 * why, and whoever is rung from then on hears the former release.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findWithin } from "#lib/audio/correlation.ts";
import { writeWav } from "#lib/audio/wav.ts";
import { soundName } from "#prompts/prompt-book.ts";
import { speakWithFlite } from "#rehearsal/voices/flite.ts";
import { meetsCanary } from "#release/arm.ts";
import { hashOf } from "#release/files.ts";
import { type BusyHouse, openBusyHouse } from "../support/busy-house.ts";
import { cut, monitored, prompt } from "../support/heard.ts";
import { query } from "../support/rehearsal.ts";
import { publishDraft, sam, uncheckedDesk } from "../support/releases.ts";

const share = 0.5;
/** Said by itself, to everybody who says that they are the person. */
const path = "prompts/en-GB/welcome.wav";

let house: BusyHouse;
beforeAll(async () => {
  house = await openBusyHouse("canary", 600);
});
afterAll(() => house?.close());

const pool = () => house.survey.rehearsal.pool;
const desk = () => uncheckedDesk(pool());

/** The draft's file, changed, as the next release. @returns what it holds now */
async function publish(file: string, change: (there: Uint8Array) => Promise<Buffer>): Promise<Buffer> {
  const there = (await desk().file("draft", file))!;
  const bytes = await change(there);
  await desk().saveFile({ path: file, bytes, expectedHash: hashOf(there) }, sam);
  await publishDraft(pool(), share);
  return bytes;
}

interface Call {
  ref: string;
  release: number | null;
  ended: boolean;
  /** Once the roll-back stood in the database. */
  later: boolean;
  /** Stands for the person where canaries are drawn. */
  lot: string;
}

/** In the order in which they were answered; throws where nobody is left to call. */
async function callsMade(): Promise<Call[]> {
  await house.calls();
  return query<Call>(
    house.survey,
    `select right(v.visit_ref, 3) as ref, k.release, k.ended_at is not null as ended,
       encode(substring(v.person_hmac for 8), 'hex') as lot,
       coalesce(k.answered_at > (select at from housekeeping.release_event where kind = 'rollback'), false) as later
     from call k join visit v on v.id = k.visit_id order by k.answered_at`,
  );
}

async function comes(enough: (calls: Call[]) => boolean): Promise<Call[]> {
  let calls: Call[] = [];
  const look = async () => {
    calls = await callsMade();
    return enough(calls);
  };
  await expect.poll(look, { timeout: 240_000, interval: 500 }).toBe(true);
  return calls;
}
const endedOf = (calls: Call[], release: number) =>
  calls.filter((one) => one.ended && one.release === release);

/** From the first on who was drawn for the canary and did not get it: by then the roll-back was known here too. */
const sinceKnown = (calls: Call[]): Call[] => {
  const later = calls.filter((one) => one.later);
  const first = later.findIndex(({ release, lot }) => release === 1 && meetsCanary(lot, 2, share));
  return first < 0 ? [] : later.slice(first);
};

let sound: string;

describe("a canary that loses a sound while people are called", () => {
  it("stands, and is heard, as long as its sounds are whole", async () => {
    await publish("flows/ring-back.yaml", async (there) => Buffer.concat([Buffer.from("# ours\n"), there]));
    await desk().approve(1, sam);
    const spoken = await publish(path, async () =>
      Buffer.from(writeWav(await speakWithFlite("We are glad that you take the time.", "slt"))),
    );
    sound = join(house.survey.rehearsal.network.ivr.soundsDir, `${soundName(hashOf(spoken))}.alaw`);
    await comes((calls) => endedOf(calls, 2).length >= 3 && endedOf(calls, 1).length >= 1);
    expect(existsSync(sound)).toBe(true);
    expect(await desk().state()).toMatchObject({
      ...{ live: 1 },
      canary: { number: 2, figures: { canary: { silent: 0, missingPrompts: 0 } } },
    });
  });

  it("is taken back by itself, and the page and the audit say why", async () => {
    // Whatever else lies beside it: the same sound, in another form.
    for (const form of ["alaw", "g722"]) rmSync(sound.replace(/alaw$/, form), { force: true });
    const standing = async () => {
      await house.calls();
      const { live, canary } = await desk().state();
      return [live, canary?.number ?? null];
    };
    await expect.poll(standing, { timeout: 240_000, interval: 500 }).toEqual([1, null]);

    const why = /a prompt had no sound (once|\d+ times): once is enough/;
    await house.open("/releases/2");
    expect(await house.says("Rolled back")).toMatch(new RegExp(`by Hearback itself: ${why.source}`));
    await house.open("/releases");
    expect(await house.says("All releases")).toContain("New calls get release 1");
    const audited = await query(
      house.survey,
      `select who_kind, who_id, subject_id, reason, details from housekeeping.audit_entry where action = 'release-rollback'`,
    );
    expect(audited).toEqual([
      {
        ...{ who_kind: "job", who_id: "canary", subject_id: "2", reason: expect.stringMatching(why) },
        details: { from: 2, to: 1 },
      },
    ]);
    const troubles = await query(
      house.survey,
      "select distinct release, subject from housekeeping.release_trouble",
    );
    expect(troubles).toEqual([{ release: 2, subject: "welcome (en-GB)" }]);
  });

  it("is met by nobody who is rung later: they hear the former release", async () => {
    const calls = await comes((made) => sinceKnown(made).filter(({ ended }) => ended).length >= 4);
    const since = sinceKnown(calls);
    expect(since.map(({ release }) => release)).toEqual(since.map(() => 1));
    // They press a key two seconds into it.
    const former = cut(prompt("welcome"), 0, 1_000);
    for (const { ref } of since.filter(({ ended }) => ended)) {
      const { heard } = monitored(house.survey, `+447700900${ref}`);
      expect(findWithin(former, heard, { overlap: 0.99 }).correlation, ref).toBeGreaterThan(0.9);
    }
  });

  it("and no call failed meanwhile, not even those that missed the prompt", async () => {
    const ended = await house.endWell();
    console.log(`${ended} calls went on meanwhile`);
    expect(ended).toBeGreaterThan(8);
  });
});
