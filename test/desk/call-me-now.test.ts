/**
 * "Call me now" on a real Asterisk: the draft is heard on a telephone of the staff, and on no other; it ends when it is
 * to end, also with its process; and nothing of it is found where patients' calls are kept.
 */
import { readdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { StaffNumber } from "#call/staff-call.ts";
import { createCampaign } from "#postgres/campaigns.ts";
import { createStaffCallDesk } from "#postgres/staff-call-desk.ts";
import { inTransaction } from "#postgres/transaction.ts";
import {
  answer,
  hangUp,
  hear,
  hearOut,
  monitor,
  press,
  ring,
  say,
  wait as waits,
} from "#rehearsal/people/act.ts";
import { hashOf } from "#release/files.ts";
import type { StaffCallView } from "#release/staff-call.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { type Hearback, type Hospital, spawnHearback, startHospital } from "../integration/hospital.ts";
import { cut, placeOf, prompt, readSamples } from "../support/heard.ts";
import { testPerson } from "../support/people.ts";
import { telephonesThatRang } from "../support/rehearsal.ts";
import { sam, shippedFiles, uncheckedDesk } from "../support/releases.ts";
import { settings } from "../support/survey.ts";

/** In no hurry at the greeting; later each step is heard for a moment. */
const teller = testPerson("080", "hears the draft, and tells a story", {}, [
  ...[ring(0.5), answer, monitor, hear(5), press("1"), hear(4), press("3"), hear(1.5), press("1")],
  ...[hear(3), press("5"), hear(0), waits(1), say("story-01"), waits(20), hangUp],
]);
const slow = testPerson("081", "is slow to the telephone", {}, [ring(25), answer, hearOut, hangUp]);
const patient = testPerson("082", "listens, and presses nothing", {}, [ring(0.5), answer, hear(60), hangUp]);
const stranger = testPerson("083", "is in no list of the staff", {}, [ring(0.5), answer, hear(60), hangUp]);
const people = [teller, slow, patient, stranger];
const staff = [
  { phone: teller.number, label: "Teller" },
  { phone: slow.number, label: "Slow" },
  { phone: patient.number, label: "Patient" },
];

let hospital: Hospital;
const running: Hearback[] = [];
beforeAll(async () => {
  hospital = await startHospital({ morePeople: people });
  await createCampaign(hospital.database.pool, {
    ...{ name: "as patients hear it", trust: "northfield", unit: "", rehearsal: false },
    settings: { ...settings, spokenName: "trust-northfield" },
  });
});
afterEach(async () => {
  for (const { process, exited } of running.splice(0)) {
    process.kill("SIGKILL");
    await exited;
  }
});
afterAll(() => hospital?.stop());

async function comes<T>(what: string, look: () => Promise<T | null>, withinMs = 60_000): Promise<T> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await wait(50)) {
    const found = await look();
    if (found !== null) return found;
  }
  throw new Error(`never ${what}:\n${running.map((each) => each.said()).join("\n")}`);
}

async function serve(): Promise<Hearback> {
  const HEARBACK_STAFF_NUMBERS = staff.map(({ phone, label }) => `${label}=${phone}`).join();
  const hearback = spawnHearback(["serve"], { ...hospital.env, HEARBACK_STAFF_NUMBERS });
  running.push(hearback);
  await comes("up", async () => (hearback.said().includes("Hearback is up") ? true : null));
  return hearback;
}

const deskWith = (numbers: readonly StaffNumber[]) =>
  createStaffCallDesk({
    ...{ folders: shippedFiles, numbers, ciphers: createCiphers(Buffer.alloc(32, 0xab)) },
    within: (work) => inTransaction(hospital.database.pool, work),
  });
const desk = () => deskWith(staff);

async function askFor(label: string, of = desk(), flow = "fft"): Promise<string> {
  const number = of.numbers.find(({ shown }) => shown === label)?.id ?? "";
  const asked = await of.ask({ number, flow, language: "en-GB", place: "draft", fields: {} }, sam);
  if (asked.kind === "refused") throw new Error(asked.because);
  return asked.id;
}

const isAt = (id: string, ...states: StaffCallView["state"][]) =>
  comes(`${states}, but ${id}`, async () => {
    const call = await desk().show(id);
    return call && states.includes(call.state) ? call : null;
  });
const isAtStep = (id: string, step: string) =>
  comes(`at ${step}`, async () => {
    const call = await desk().show(id);
    return call?.steps.at(-1)?.step === step ? call : null;
  });

/** Every table in which anything of a patient can stand, with how much does. */
async function patientsRows(): Promise<Record<string, number>> {
  const { pool } = hospital.database;
  const { rows } = await pool.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' order by 1",
  );
  const counted = await Promise.all(
    rows.map(async ({ name }) => {
      const { rows: found } = await pool.query(`select count(*)::int as count from "${name}"`);
      return [name, found[0].count] as const;
    }),
  );
  return Object.fromEntries(counted);
}

const recordings = (): string[] =>
  readdirSync(hospital.network.ivr.recordingDir).filter((name) => name.startsWith("hb-"));
const rang = (number: string): number =>
  telephonesThatRang(hospital.network.carrier!.dir).filter((each) => each === number).length;
const heardBy = (number: string): Int16Array => {
  const folder = hospital.network.carrier!.monitorDir;
  const file = readdirSync(folder).findLast((name) => name.startsWith(`heard-${number.slice(-6)}`));
  return readSamples(`${folder}/${file}`);
};

it("says the draft as it stood when it was asked for, and keeps nothing where patients' calls are", async () => {
  await serve();
  const before = await patientsRows();
  expect(Object.keys(before)).toEqual(
    expect.arrayContaining([
      "visit",
      "attempt",
      "call",
      "story",
      "key_press",
      "call_step",
      "recording",
      "answer",
    ]),
  );
  const releases = uncheckedDesk(hospital.database.pool);
  const [path, other] = ["prompts/en-GB/hello.wav", "prompts/en-GB/goodbye.wav"];
  const there = (await releases.file("draft", path))!;
  await releases.saveFile(
    { path, bytes: (await releases.file("draft", other))!, expectedHash: hashOf(there) },
    sam,
  );
  const id = await askFor("Teller");
  // Whoever goes on editing changes nothing of the call.
  await releases.undo((await releases.draft()).lastSave!.id, sam);
  await isAt(id, "live", "ended");
  await comes("a recording", async () => (recordings().length > 0 ? true : null));
  expect(recordings()).toEqual([expect.stringContaining(`hb-staff-${id}`)]);
  const call = await isAt(id, "ended");

  expect(call.trail.map(({ step }) => step)).toEqual(
    expect.arrayContaining(["greeting", "question", "read-back", "story"]),
  );
  expect(call.trail.at(-1)).toMatchObject({ step: "review", leftBy: "hang-up" });
  expect(recordings()).toEqual([]);
  const heard = heardBy(teller.number);
  const greeting = placeOf(prompt("goodbye"), heard);
  expect(greeting.correlation, "the draft's greeting").toBeGreaterThan(0.95);
  expect(greeting.beginMs).toBeLessThan(2_000);
  expect(placeOf(prompt("hello"), heard).correlation, "what patients hear").toBeLessThan(0.7);
  // Of what follows, as much as was heard before a key.
  expect(placeOf(cut(prompt("welcome"), 0, 2_000), heard).correlation).toBeGreaterThan(0.95);
  expect(await patientsRows()).toEqual(before);
  // The same number again, at once: what was is over.
  const again = await askFor("Teller");
  await isAt(again, "live", "ended");
  // Left to the next test it would go on, and nobody could ring this telephone.
  await desk().end(again, sam);
  await isAt(again, "ended");
});

it("rings no telephone that is not in the list of the Hearback that would make the call", async () => {
  await serve();
  const elsewhere = deskWith([{ phone: stranger.number, label: "Stranger" }]);
  const call = await isAt(await askFor("Stranger", elsewhere), "refused", "live", "ringing");
  expect([call.state, call.outcome]).toEqual([
    "refused",
    expect.stringContaining("HEARBACK_STAFF_NUMBERS differs"),
  ]);
  expect(rang(stranger.number)).toBe(0);
});

it("is ended while it rings, and while it talks", async () => {
  await serve();
  const [ringing, talking] = [await askFor("Slow"), await askFor("Patient")];
  await isAt(ringing, "ringing");
  await isAt(talking, "live");
  for (const id of [ringing, talking]) expect(await desk().end(id, sam)).toBe(true);
  const [first, second] = [await isAt(ringing, "ended"), await isAt(talking, "ended")];
  expect([first.outcome, first.answeredAt]).toEqual(["ended_by_us", null]);
  expect(second.trail.at(-1)).toMatchObject({ leftBy: "hang-up" });
  await noChannelIsLeft();
});

it("ends with its process: another hangs up, and throws away what was recorded", async () => {
  const dying = await serve();
  const before = rang(teller.number);
  const id = await askFor("Teller");
  await isAtStep(id, "story");
  await comes("a recording", async () => (recordings().length > 0 ? true : null));
  dying.process.kill("SIGKILL");
  const killedAt = Date.now();
  await dying.exited;
  await serve();
  const call = await isAt(id, "ended");
  expect(call.outcome).toBe("instance-died");
  console.log(
    `ended ${((call.endedAt!.getTime() - killedAt) / 1000).toFixed(1)} s after its process was killed`,
  );
  await noChannelIsLeft();
  await comes("thrown away", async () => (recordings().length === 0 ? true : null), 20_000);
  expect(rang(teller.number), "nobody is rung again").toBe(before + 1);
});

/** Asterisk hangs up behind what is written of the call. */
const noChannelIsLeft = () =>
  comes("no channel", async () => ((await channelsUp()).length === 0 ? true : null), 5_000);

/** As Asterisk itself has them. */
async function channelsUp(): Promise<string[]> {
  const { ariUrl, ariUser, ariPassword } = hospital.network.ivr;
  const authorization = `Basic ${Buffer.from(`${ariUser}:${ariPassword}`).toString("base64")}`;
  const answered = await fetch(`${ariUrl}/ari/channels`, { headers: { authorization } });
  return ((await answered.json()) as { id: string }[]).map(({ id }) => id);
}
