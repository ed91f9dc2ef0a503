import { readPhone } from "#campaign/phone-number.ts";
import { readSettings } from "#config.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { AppError } from "#lib/errors.ts";
import type { StaffCallDesk, StaffCallView } from "#release/staff-call.ts";
import { byCommand } from "./by-command.ts";
import { type Io, say, UsageError } from "./command.ts";
import { defineCommand } from "./options.ts";
import { numberOf } from "./release-desk.ts";

const lookEveryMs = 250;
/** The end is asked for, and whoever makes the call must have heard of it. */
const endedWithinMs = 15_000;

export const flowCall = defineCommand({
  name: "flow call",
  summary: "Ring a telephone of the staff with a flow of the draft, or of a release, and tell how it goes.",
  operands: ["FLOW"],
  options: {
    number: { value: "N", help: "one of HEARBACK_STAFF_NUMBERS, or its label", required: true },
    draft: { help: "say what the draft says (so it is without --release)" },
    release: { value: "N", help: "say what this release says" },
    language: { value: "LANGUAGE", help: "as the list would have it (default: en-GB)" },
    field: { value: "NAME=TEXT", help: "what the list says of the visit, made up", many: true },
  },
  notes: [
    "The running serve makes the call, by the code of patients' calls. Nothing of it counts, it is in no result, and what",
    "is said is thrown away. Ctrl-C ends the call.",
    "Needs HEARBACK_DATABASE_URL, HEARBACK_DATA_KEY, HEARBACK_STAFF_NUMBERS, HEARBACK_FLOW_FOLDER, HEARBACK_PROMPT_FOLDER.",
    "Status 0: somebody answered. Status 1: nobody did, or it was not rung.",
  ].join("\n"),
  examples: [
    "hearback flow call fft --number '07700 900123'",
    "hearback flow call appointment --number 'Telecoms desk' --field appointment='3/12/2026 10:30'",
  ],
  run: async ([flow], given, io) => {
    if (given.draft && given.release !== undefined)
      throw new UsageError("one of --draft and --release is enough");
    const keys = ["databaseUrl", "dataKey", "staffNumbers", "flowFolder", "promptFolder"] as const;
    const settings = readSettings(keys, io.env);
    const { staffNumbers } = settings;
    const chosen = numberAt(given.number, staffNumbers);
    const { files } = await io.services.releaseFolders(settings);
    const database = await io.services.openDatabase(settings);
    try {
      const desk = await database.staffCalls(() => files, staffNumbers);
      const place = given.release === undefined ? "draft" : numberOf(given.release);
      const { language = "en-GB", field } = given;
      const { id: number, shown } = desk.numbers[chosen]!;
      const order = { number, place, flow: flow!, language, fields: fieldsFrom(field) } as const;
      const asked = await desk.ask(order, byCommand());
      if (asked.kind === "refused") throw new AppError("number_refused", `Not rung: ${asked.because}.`);
      say(io.stderr, `Asked for a call to ${shown}.`);
      const over = await watch(desk, asked.id, io);
      for (const line of linesOf(over)) say(io.stdout, line);
      return over.answeredAt ? 0 : 1;
    } finally {
      await database.close();
    }
  },
});

type Numbers = ReturnType<typeof readSettings<"staffNumbers">>["staffNumbers"];

/** @throws AppError `number_refused` */
function numberAt(given: string, numbers: Numbers): number {
  const reading = readPhone(given);
  const phone = reading.kind === "number" ? reading.e164 : null;
  const found = numbers.findIndex((one) => one.phone === phone || one.label === given);
  if (found >= 0) return found;
  const labels = numbers.flatMap(({ label }) => label ?? []);
  const there = labels.length > 0 ? ` Labels that it has: ${labels.join(", ")}.` : "";
  throw new AppError(
    "number_refused",
    `Not rung: that number is not among those of HEARBACK_STAFF_NUMBERS, and no other is rung.${there}`,
  );
}

/** @throws UsageError */
const fieldsFrom = (given: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    given.map((one) => {
      const [name = "", ...text] = one.split("=");
      if (name === "" || text.length === 0)
        throw new UsageError(`--field ${one} is not a name, "=" and a text`);
      return [name, text.join("=")];
    }),
  );

/** Tells each thing as it happens, until it is over. */
async function watch(desk: StaffCallDesk, id: string, io: Io): Promise<StaffCallView> {
  let told = 0;
  let giveUpAtMs = Number.POSITIVE_INFINITY;
  for (;;) {
    const call = (await desk.show(id))!;
    const happened = happenings(call);
    for (const line of happened.slice(told)) say(io.stderr, line);
    told = Math.max(told, happened.length);
    if (call.state === "ended" || call.state === "refused" || clock.monotonicMs() > giveUpAtMs) return call;
    if (io.signal.aborted && giveUpAtMs === Number.POSITIVE_INFINITY) {
      giveUpAtMs = clock.monotonicMs() + endedWithinMs;
      await desk.end(id, byCommand());
      say(io.stderr, "Ending the call.");
    }
    await clock.wait(lookEveryMs);
  }
}

/** In order; those of a later look begin with those of an earlier one. */
function happenings({ state, answeredAt, steps }: StaffCallView): string[] {
  if (state === "asked" || state === "refused") return [];
  if (state === "dialling") return ["dialling"];
  return [
    "dialling",
    ...(state === "ringing" || answeredAt ? ["ringing"] : []),
    ...(answeredAt ? ["answered", ...steps.map(({ step }) => `at step ${step}`)] : []),
  ];
}

function linesOf({ state, outcome, trail }: StaffCallView): string[] {
  if (state === "refused") return [`Not rung: ${outcome}.`];
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1).padStart(6)} s`;
  return [
    ...trail.map(({ step, enteredMs, leftBy }) => `${seconds(enteredMs)}  ${step}: ${leftBy}`),
    `The call is over: ${(outcome ?? "unknown").replaceAll("_", " ")}.`,
  ];
}
