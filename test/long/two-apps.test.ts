/**
 * Two processes of `hearback serve` ring two dozen people side by side. One is frozen while it dials and talks, and wakes
 * when the other has all its calls. Nobody is rung twice, every call ends, and no key that counted is lost.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { answer, hear, press, ring, say, wait } from "#rehearsal/people/act.ts";
import { createCiphers } from "#storage/ciphers.ts";
import type { Invite } from "#verify/invites.ts";
import { verify } from "#verify/verify.ts";
import type { Hearback } from "../integration/hospital.ts";
import { testPerson } from "../support/people.ts";
import { ringsOf } from "../support/rehearsal.ts";
import { gapsIn, type OpenHospital, openHospital } from "../support/serving-hospital.ts";

const confirm = [ring(0.5), answer, say("hello"), hear(5), press("1"), hear(4)];

/** Some are at the question, some in the greeting, and some still ring while their call changes hands. */
const manners = [
  {
    title: "thinks about the question",
    acts: [...confirm, wait(12), press("2"), hear(2), press("1"), hear(2), press("#")],
  },
  {
    title: "thinks about who they are",
    acts: [ring(0.5), answer, say("hello"), wait(18), press("3")],
  },
  { title: "is slow to the telephone", acts: [ring(20), answer, say("hello"), hear(5), press("3")] },
];

const people = Array.from({ length: 24 }, (_, n) => {
  const { title, acts } = manners[n % manners.length]!;
  return testPerson(String(76 + n).padStart(3, "0"), title, {}, acts);
});

let hospital: OpenHospital;
let frozen: Hearback & { owner: string };
let survivor: Hearback & { owner: string };
let frozenMs = 0;
let keysBefore = new Map<string, string>();

beforeAll(async () => {
  hospital = await openHospital({ morePeople: people });
  const { serve, campaignWith, isSteady, until, areOver } = hospital;
  const both = [await serve(), await serve()];
  await Promise.all(both.map(isSteady));
  await campaignWith("two-apps", people);
  await until("in the midst of it", (now) => {
    const calls = [...now.values()];
    const busy = both.find(({ owner }) => {
      const open = calls.filter((call) => call.owner === owner && call.state !== "ended");
      const keyed = open.filter(({ step }) => step === "question");
      return keyed.length >= 2 && open.some(({ state }) => state === "dialing");
    });
    if (busy) [frozen, survivor] = [busy, both.find((one) => one !== busy)!];
    return busy !== undefined;
  });
  const startedMs = Date.now();
  frozen.process.kill("SIGSTOP");
  keysBefore = await keysByPhone();
  await until("with the other", (now) =>
    [...now.values()].every(({ owner, state }) => owner !== frozen.owner || state === "ended"),
  );
  frozenMs = Date.now() - startedMs;
  frozen.process.kill("SIGCONT");
  await areOver(people);
});
afterAll(() => hospital?.close());

interface Attempt {
  phone: string;
  state: string;
  disposition: string;
  takeovers: number;
}
const attempts = () =>
  hospital.query<Attempt>(
    `select v.visit_ref as phone, a.state, a.disposition, a.takeovers
     from attempt a join visit v on v.id = a.visit_id where a.dialed_at is not null order by a.dialed_at`,
  );

async function keysByPhone(): Promise<Map<string, string>> {
  const found = await hospital.query<{ phone: string; keys: string }>(
    `select v.visit_ref as phone, string_agg(p.digit, '' order by k.answered_at, p.sequence) as keys
     from key_press p join call k on k.id = p.call_id join visit v on v.id = k.visit_id group by 1`,
  );
  return new Map(found.map(({ phone, keys }) => [phone, keys]));
}

test("the frozen one had calls, lost all of them to the other, and ends itself", async () => {
  expect(await frozen.exited).not.toBe(0);
  const taken = (await attempts()).filter(({ takeovers }) => takeovers > 0);
  console.log(
    `frozen for ${frozenMs} ms; ${taken.length} taken over, gaps ${gapsIn(survivor).join(", ")} ms`,
  );
  expect(taken.length).toBeGreaterThanOrEqual(3);
});

test("nobody's telephone rings twice", async () => {
  const { database, env, network } = hospital.hospital;
  const rang: Invite[] = await Array.fromAsync(ringsOf(network.carrier!.dir));
  const ciphers = createCiphers(Buffer.from(env.HEARBACK_DATA_KEY!, "hex"));
  const farEnd = { invites: ringsOf(network.carrier!.dir), ciphers };
  const storyFolder = env.HEARBACK_STORY_FOLDER!;
  const told = await verify(
    { pool: database.pool, storyFolder, settled: false, now: new Date(), farEnd },
    () => {},
  );
  expect(told.filter(({ broken }) => broken > 0)).toEqual([]);
  // No rule lets a telephone that rang do so again within these minutes; an attempt that never rang has no INVITE.
  const all = await attempts();
  const wrong = people.flatMap(({ number, title }) => {
    const invites = rang.filter((invite) => invite.number === number);
    const its = all.filter(({ phone }) => phone === number);
    const neverKnown = its.some(({ state }) => state === "unknown");
    return invites.length === 1 || (invites.length === 0 && neverKnown) ? [] : [{ title, invites, its }];
  });
  expect(wrong).toEqual([]);
});

test("every call ends, and no key that counted is lost", async () => {
  const open = (await attempts()).filter(({ state }) => !["ended", "unknown", "refused"].includes(state));
  expect(open).toEqual([]);
  expect(await hospital.query("select from call where ended_at is null")).toEqual([]);
  const after = await keysByPhone();
  expect(keysBefore.size).toBeGreaterThan(0);
  for (const [phone, keys] of keysBefore) expect(after.get(phone), phone).toMatch(new RegExp(`^${keys}`));
  // Whoever's call stayed where it was said all that they wanted to.
  const stayed = (await attempts()).filter(({ takeovers, state }) => takeovers === 0 && state === "ended");
  for (const { phone, disposition } of stayed)
    expect(["completed", "declined", "pending"], phone).toContain(disposition);
});
