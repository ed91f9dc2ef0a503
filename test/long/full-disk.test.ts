/**
 * The disk fills up while a story is being told: under Asterisk's recordings, and under the stories that we keep. Both are
 * small disks of memory, which only root can mount; the chaos run fills them at random, this looks at one call closely.
 */
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startCampaign } from "#postgres/campaigns.ts";
import { mountSmallDisk, type SmallDisk } from "#rehearsal/chaos/small-disk.ts";
import { answer, hear, hearOut, press, ring, say, wait } from "#rehearsal/people/act.ts";
import type { Person } from "#rehearsal/people/person.ts";
import {
  expectSpoken,
  listOf,
  prepareSurvey,
  query,
  refOf,
  type Survey,
  spoken,
  storedAudio,
  telephonesThatRang,
  tracesOf,
  untilOver,
} from "../support/rehearsal.ts";

const teller: Person = {
  number: "+447700900150",
  title: "tells for 26 s, and says yes to all that follows",
  calls: [
    [
      ...[ring(1), answer, say("hello"), hear(5), press("1"), hear(4), press("2"), hear(1.5), press("1")],
      ...[hear(3), press("5"), hear(0), wait(1), say("story-long"), press("#")],
      ...[hear(2), press("1"), hear(3), press("1"), hearOut, wait(30)],
    ],
  ],
  expect: {
    disposition: "completed",
    rating: 2,
    transcriptState: "none",
    shareConsent: true,
    attempts: 1,
    story: [],
  },
};
/** Says no, and rings only after the teller. */
const next = "+447700900008";

const disks: SmallDisk[] = [];
let survey: Survey | undefined;
afterAll(() => survey?.stop());

/** Puts a small disk in this folder's place; false where this user may not. */
async function putOnSmallDisk(folder: string): Promise<boolean> {
  const before = readdirSync(folder);
  const disk = await mountSmallDisk(folder);
  if (!disk) return false;
  disks.push(disk);
  for (const name of before) mkdirSync(join(folder, name));
  return true;
}

test("a full disk: the call goes on, what was written is kept and marked, and nobody else is rung", async ({
  skip,
}) => {
  survey = await prepareSurvey([teller.number], {
    ...{ name: "full-disk", morePeople: [teller], speechEngine: "none", settings: { maxCalls: 1 } },
    cleanUp: () => Promise.all(disks.map((disk) => disk.unmount())),
  });
  const { rehearsal, campaign } = survey;
  const { recordingDir } = rehearsal.network.ivr;
  for (const folder of [recordingDir, rehearsal.stories])
    if (!(await putOnSmallDisk(folder))) skip("this user may not mount a disk of memory");
  await rehearsal.app.start();
  await startCampaign(rehearsal.pool, campaign.name);

  // Asterisk writes 32 KiB at a time: the first four seconds of the story are on the disk.
  await until(() => largestIn(recordingDir) > 30_000);
  for (const disk of disks) disk.fill();
  await addToList(survey, next);
  await until(async () => (await tracesOf(survey!, ref)).calls.some(({ ended_at }) => ended_at !== null));
  await until(async () => (await alertKinds(survey!)).includes("disk-low"));
  const full = await tracesOf(survey, ref);
  expect(full.calls).toMatchObject([{ disposition: "completed", rating: 2, share_consent: true }]);
  const keys = full.keys.map(({ step, digit }) => `${step} ${digit}`);
  expect(keys).toEqual(expect.arrayContaining(["greeting 1", "question 2", "read-back 1", "consent 1"]));
  expect(full.stories, "nothing is thrown away that finds no room yet").toMatchObject([{ audio: "waiting" }]);
  expect(telephonesThatRang(rehearsal.network.carrier!.dir)).toEqual([teller.number]);

  for (const disk of disks) disk.clear();
  await untilOver(survey, 120_000);
  expect(telephonesThatRang(rehearsal.network.carrier!.dir)).toEqual([teller.number, next]);
  const [story] = (await tracesOf(survey, ref)).stories;
  expect(story).toMatchObject({ audio: "stored", truncated: true });
  const kept = await storedAudio(rehearsal.pool, story!.uri!);
  expect(kept.length).toBeLessThan(spoken("story-long").length / 2);
  // What was said before the disk was full, word for word.
  expectSpoken(kept, [spoken("story-long").subarray(0, 2 * 8_000)]);
  await until(async () => (await alertKinds(survey!)).includes("story-truncated"));
});

const ref = refOf(teller.number);

const until = (holds: () => boolean | Promise<boolean>) =>
  expect.poll(holds, { timeout: 90_000, interval: 20 }).toBe(true);

const largestIn = (folder: string): number =>
  Math.max(0, ...readdirSync(folder).map((name) => statSync(join(folder, name)).size));

async function addToList({ rehearsal, campaign }: Survey, number: string): Promise<void> {
  const list = Buffer.from(listOf([number]));
  await rehearsal.importList(
    campaign,
    (async function* () {
      yield list;
    })(),
  );
}

async function alertKinds(of: Survey): Promise<string[]> {
  const rows = await query<{ kind: string }>(of, "select distinct kind from housekeeping.alert");
  return rows.map(({ kind }) => kind);
}
