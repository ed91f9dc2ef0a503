/**
 * Fifty releases are published and rolled back, and at each move somebody is on the telephone: every call says to
 * its end what it began with, new ones say what is live, and none is lost.
 */
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { writeWav } from "#lib/audio/wav.ts";
import { startCampaign } from "#postgres/campaigns.ts";
import { answer, hangUp, hear, hearOut, monitor, press, ring } from "#rehearsal/people/act.ts";
import { hashOf } from "#release/files.ts";
import type { ReleaseDesk } from "#release/ports.ts";
import { letCallsEnd, onTheTelephone, wasDialled } from "../support/calls-going.ts";
import { monitored, RATE } from "../support/heard.ts";
import { testPerson } from "../support/people.ts";
import { prepareSurvey, query, type Survey } from "../support/rehearsal.ts";
import { sam, uncheckedDesk, walked } from "../support/releases.ts";

const rounds = 50;
/** More than fifty rounds can want: whoever is not rung by the last of them costs nothing. */
const people = Array.from({ length: 200 }, (_, index) =>
  testPerson(`${100 + index}`, "hears the release to its end", { disposition: "partial", rating: 3 }, [
    ...[ring(0.5), answer, monitor, hearOut, press("1"), hearOut, press("3"), hear(2.5), hangUp],
  ]),
);
/** Of release 1, 3, 5 ... and of 2, 4, 6 ...: said in place of these prompts, at a call's beginning, middle and end. */
const voices = [440, 1_000] as const;
const placed = ["hello", "welcome", "you-said"];
const voiceOf = (release: number): number => voices[release % 2 === 1 ? 0 : 1];

const tone = (hertz: number): Int16Array =>
  Int16Array.from({ length: RATE }, (_, at) =>
    Math.round(9_000 * Math.sin((2 * Math.PI * hertz * at) / RATE)),
  );

let survey: Survey;
beforeAll(async () => {
  survey = await prepareSurvey(
    people.map(({ number }) => number),
    { name: "releases", morePeople: people, speechEngine: "none", callsPerSecond: 1 },
  );
});
afterAll(() => survey?.stop());

/** What new calls got, from when on. */
interface Standing {
  at: number;
  releases: (number | null)[];
}

async function save(desk: ReleaseDesk, path: string, change: (bytes: Uint8Array) => Uint8Array) {
  const there = await desk.file("draft", path);
  if (!there) throw new Error(`there is no ${path}`);
  const saved = await desk.saveFile({ path, bytes: change(there), expectedHash: hashOf(there) }, sam);
  expect(saved.kind).toBe("saved");
}

/** The next release, with its voice. @returns its number */
async function publish(desk: ReleaseDesk, number: number): Promise<number> {
  const bytes = writeWav({ sampleRate: RATE, samples: tone(voiceOf(number)) });
  for (const id of placed) await save(desk, `prompts/en-GB/${id}.wav`, () => bytes);
  // No release is quite as another.
  const flow = "flows/ring-back.yaml";
  await save(desk, flow, (text) =>
    new TextEncoder().encode(`# ${number}\n${new TextDecoder().decode(text)}`),
  );
  const digest = await walked(survey.rehearsal.pool);
  const published = await desk.publish({ note: `voice of ${number}`, digest, share: 0.5 }, sam);
  if (published.kind === "refused") throw new Error(published.obstacles.join("; "));
  return published.number;
}

/** Whoever was on the telephone as a move began: a round has one move or two. */
interface Move {
  round: number;
  talking: string[];
}

/** A round takes a fraction of a second: each second one waits for somebody new, who gets what is live by then. */
const waitsForNew = (round: number) => round % 2 === 0;

async function fiftyTimes(desk: ReleaseDesk, told: Standing[]): Promise<Move[]> {
  const moves: Move[] = [];
  const duringCalls = async <T>(round: number, move: () => Promise<T>): Promise<T> => {
    const isFirst = !moves.some((one) => one.round === round);
    const known = new Set(isFirst && waitsForNew(round) ? moves.flatMap(({ talking }) => talking) : []);
    const somebody = async () => {
      const talking = await onTheTelephone(survey);
      expect(
        talking.filter((ref) => !known.has(ref)),
        `people on the telephone in round ${round}`,
      ).not.toEqual([]);
      return talking;
    };
    moves.push({ round, talking: await vi.waitFor(somebody, { timeout: 60_000, interval: 100 }) });
    return move();
  };
  const rollback = () => desk.rollback(null, "for the test", sam);
  const tell = async () => {
    const { live, canary } = await desk.state();
    told.push({ at: Date.now(), releases: [live, ...(canary ? [canary.number] : [])] });
  };
  for (let round = 0, last = 0; round < rounds; round += 1) {
    // Back to an earlier one, which was good; and now and then the canary itself ends.
    if (round % 5 === 4) await duringCalls(round, rollback);
    else {
      last = await duringCalls(round, () => publish(desk, last + 1));
      await tell();
      const canary = last;
      await duringCalls(round, () => (round % 7 === 6 ? rollback() : desk.approve(canary, sam)));
    }
    await tell();
  }
  return moves;
}

/** Where a steady tone of this pitch stands, in stretches of a third of a second and more. */
function stretchesOf(samples: Int16Array, hertz: number): number {
  const frame = RATE / 20;
  let [found, inARow] = [0, 0];
  for (let at = 0; at + frame <= samples.length; at += frame) {
    let [sine, cosine, energy] = [0, 0, 0];
    for (let i = 0; i < frame; i += 1) {
      const sample = samples[at + i]!;
      sine += sample * Math.sin((2 * Math.PI * hertz * i) / RATE);
      cosine += sample * Math.cos((2 * Math.PI * hertz * i) / RATE);
      energy += sample ** 2;
    }
    const pure = energy > frame * 1e6 && (2 * (sine ** 2 + cosine ** 2)) / (frame * energy) > 0.9;
    inARow = pure ? inARow + 1 : 0;
    if (inARow === 7) found += 1;
  }
  return found;
}

interface Called {
  phone: string;
  ref: string;
  release: number | null;
  answered: Date;
  disposition: string;
  rating: number | null;
}

it("no call is changed or lost by fifty publications and rollbacks, and new calls get the new ones", async () => {
  const { rehearsal, campaign } = survey;
  const desk = uncheckedDesk(rehearsal.pool);
  await rehearsal.app.start();
  const told: Standing[] = [{ at: 0, releases: [null] }];
  await startCampaign(rehearsal.pool, campaign.name);
  const beganMs = performance.now();
  const moves = await fiftyTimes(desk, told);
  const tookMs = performance.now() - beganMs;
  await letCallsEnd(survey);

  const calls = await query<Called>(
    survey,
    `select right(v.visit_ref, 3) as ref, k.release, k.answered_at as answered, k.disposition, k.rating
     from attempt a join visit v on v.id = a.visit_id left join call k on k.attempt_id = a.id
     where ${wasDialled} order by k.answered_at`,
  );
  for (const { ref, disposition, rating } of calls)
    expect({ ref, disposition, rating }).toEqual({ ref, disposition: "partial", rating: 3 });
  const refs = calls.map(({ ref }) => ref);
  expect(new Set(refs).size, "each was rung once").toBe(refs.length);
  expect(new Set(moves.map(({ round }) => round)).size, "rounds with somebody on the telephone").toBe(rounds);
  expect(refs).toEqual(expect.arrayContaining(moves.flatMap(({ talking }) => talking)));

  const numbers = new Set(calls.flatMap(({ release }) => release ?? []));
  console.log(
    `${rounds} rounds in ${(tookMs / 1000).toFixed(0)} s; ${calls.length} calls in ${numbers.size} releases, ` +
      `at each of ${moves.length} moves ${Math.min(...moves.map(({ talking }) => talking.length))} or more`,
  );
  expect(numbers.size, "releases that calls began with").toBeGreaterThan(5);
  for (const { ref, release, answered } of calls) {
    const heard = monitored(survey, people.find(({ number }) => number.endsWith(ref))!.number).heard;
    const own = release === null ? null : voiceOf(release);
    for (const hertz of voices) {
      const times = stretchesOf(heard, hertz);
      const wanted = hertz === own ? placed.length : 0;
      expect({ ref, release, hertz, times }).toEqual({ ref, release, hertz, times: wanted });
    }
    expect(gotten(told, answered.getTime()), `release of ...${ref}`).toContain(release);
  }
});

/** What a call could get that was answered then: an instance hears of a move within half a second. */
function gotten(told: readonly Standing[], at: number): (number | null)[] {
  const before = told.filter((one) => one.at <= at - 500).at(-1);
  const around = told.filter((one) => one.at > at - 500 && one.at < at + 500);
  return [before, ...around].flatMap((one) => one?.releases ?? []);
}
