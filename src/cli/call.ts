import { alwaysOpen, isPermitted, permittedSpans } from "#campaign/calling-hours.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { readVisit } from "#campaign/contact.ts";
import { maskNumber, mayDial, readPhone } from "#campaign/phone-number.ts";
import { readSettings, settingKeys } from "#config.ts";
import { aborted } from "#lib/aborted.ts";
import { type Clock, systemClock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import { newName } from "#lib/ids.ts";
import { isSettled, resultLines, stepsBetween, type TestCall } from "./call-steps.ts";
import { type Io, say } from "./command.ts";
import { findCampaign } from "./find-campaign.ts";
import { defineCommand } from "./options.ts";
import type { App, Database } from "./ports.ts";
import { refuseUnspoken } from "./refuse-unspoken.ts";
import { refuseRough } from "./serve.ts";

/** Nothing dialled by then: something is wrong that the log tells. */
const dialWithinMs = 60_000;
const lookEveryMs = 250;

export const call = defineCommand({
  name: "call",
  summary: "Ring one number once, as a campaign would, and tell what happens. For trying out.",
  operands: ["NUMBER"],
  options: {
    campaign: {
      value: "NAME",
      help: "the campaign whose caller number, words and hours are used",
      required: true,
    },
    now: { help: "ring outside the calling hours as well" },
    "allow-rough": { help: "accept pocketsphinx, whose words are for rehearsals only" },
  },
  notes: [
    'Makes a campaign of its own, "test call ...", with this one visit; what is said is kept there as in any call.',
    "Reads every HEARBACK_... setting, as serve does, and needs no serve to be running.",
  ].join("\n"),
  examples: ["hearback call '07700 900123' --campaign outpatients-may --now"],
  run: async ([raw], given, io) => {
    const phone = readNumberToRing(raw!);
    const settings = readSettings(settingKeys, io.env);
    refuseRough(settings, given["allow-rough"]);
    const database = await io.services.openDatabase(settings);
    let test: Campaign | null = null;
    let app: App | null = null;
    try {
      const like = await findCampaign(database, given.campaign);
      if (like.rehearsal) checkAllowed(phone, true);
      await refuseUnspoken(like.settings, {
        ...{ services: io.services, folders: settings, heading: "Not rung:" },
        ...{ forPatients: !like.rehearsal, campaign: like.name },
      });
      checkHours(like, given.now, systemClock.now());
      test = await makeTestCampaign(database, like, phone, given.now);
      say(io.stderr, `Ringing ${maskNumber(phone)} as "${like.name}" would.`);
      app = await io.services.createApp(settings, {
        allowRough: given["allow-rough"],
        onlyCampaign: test.id,
      });
      await Promise.race([app.start(), aborted(io.signal)]);
      io.signal.throwIfAborted();
      const line = await watch(database, test.id, app, io, systemClock);
      for (const text of resultLines(line)) say(io.stdout, text);
      return line.attempt === "ended" ? 0 : 1;
    } finally {
      const stopping = test ? database.moveCampaign(test.name, "stopped") : null;
      await Promise.allSettled([stopping, app?.stop({ onWaiting: (line) => say(io.stderr, line) })]);
      await database.close();
    }
  },
});

/** @throws AppError `number_refused` */
function readNumberToRing(raw: string): string {
  const reading = readPhone(raw);
  if (reading.kind === "refused")
    throw new AppError("number_refused", `Not rung: ${reading.fault}; ${reading.remedy}`);
  checkAllowed(reading.e164, false);
  return reading.e164;
}

/** @throws AppError `number_refused` */
function checkAllowed(phone: string, rehearsal: boolean): void {
  const allowed = mayDial(phone, { rehearsal, allowNumbers: new Set() });
  if (!allowed.ok) throw new AppError("number_refused", `Not rung: ${allowed.because}`);
}

/** @throws AppError `outside_hours` */
function checkHours({ name, settings }: Campaign, now: boolean, at: Date): void {
  const spans = permittedSpans(settings.callingHours, at, 8);
  if (now || isPermitted(spans, at)) return;
  const { timeZone } = settings.callingHours;
  const local = (moment: Date) =>
    moment.toLocaleString("en-GB", { timeZone, dateStyle: "medium", timeStyle: "short" });
  const next = spans.find(({ from }) => from > at);
  const opens = next ? `they open at ${local(next.from)}` : "they do not open within a week";
  throw new AppError(
    "outside_hours",
    `It is ${local(at)}, outside the calling hours of "${name}"; ${opens} (${timeZone}). With --now it rings all the same.`,
  );
}

async function makeTestCampaign(
  database: Database,
  like: Campaign,
  phone: string,
  now: boolean,
): Promise<Campaign> {
  const name = newName("test call");
  const made = await database.createCampaign({
    name,
    trust: like.trust,
    unit: like.unit,
    rehearsal: like.rehearsal,
    settings: {
      ...like.settings,
      maxCalls: 1,
      callsPerSecond: 1,
      retryPolicy: { maxAttempts: 1, afterMinutes: {} },
      // Whoever makes a test call rings a telephone of their own, as often as they like.
      ...{ numberOnceADay: false, contactBudget: null, maxCallsADay: null, maxCostADayPence: null },
      ...(now ? { callingHours: alwaysOpen } : {}),
    },
  });
  const context = { timeZone: "UTC", now: systemClock.now(), keep: [] };
  const reading = readVisit({ visit_ref: name, phone }, context);
  if (reading.kind === "faults")
    throw new AppError("number_refused", `Not rung: ${reading.faults[0]!.fault}`);
  await database.visits.withImport(made.id, (sink) => sink.addVisits([{ line: 1, ...reading.visit }]));
  return database.moveCampaign(name, "running");
}

/** Tells each thing that happens, until nothing more will. */
async function watch(
  database: Database,
  campaignId: string,
  app: App,
  io: Io,
  clock: Clock,
): Promise<TestCall> {
  const begun = clock.monotonicMs();
  let failure: Error | null = null;
  void app.failed.then((error) => {
    failure = error;
  });
  for (let before: TestCall | null = null; ; await clock.wait(lookEveryMs, io.signal)) {
    if (failure) throw failure;
    const line = await database.testCall(campaignId);
    const elapsedMs = clock.monotonicMs() - begun;
    for (const step of line ? stepsBetween(before, line) : [])
      say(io.stderr, `${seconds(elapsedMs)}  ${step}`);
    if (line && isSettled(line)) return line;
    if ((line?.attempt ?? null) === null && elapsedMs > dialWithinMs)
      throw new AppError(
        "not_dialled",
        "Not rung within a minute: is Asterisk reachable? The log tells more.",
      );
    before = line;
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(5)} s`;
