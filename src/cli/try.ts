import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { readField } from "#call/contact-fields.ts";
import { readFlows } from "#flow/check/check-flows.ts";
import type { Flow } from "#flow/definition.ts";
import { readAnyWav } from "#lib/audio/any-wav.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { promptBook } from "#prompts/prompt-book.ts";
import { expectationOf, withCall } from "#walk/try/record-test.ts";
import { type Tried, tryFlow } from "#walk/try/try-flow.ts";
import { wordsOf } from "#walk/words.ts";
import { type Io, say, UsageError } from "./command.ts";
import { defineCommand } from "./options.ts";
import { checkNamed, readSource, sourceNotes, sourceOptions } from "./release-source.ts";

const reasons = ["first", "retry", "callback", "ring_back"] as const;

export const tryOut = defineCommand({
  name: "try",
  summary: "Walk a flow here as a caller: read what would be heard, type what you press. Rings nobody.",
  operands: ["FLOW"],
  options: {
    ...sourceOptions,
    language: { value: "LANGUAGE", help: "as the list would have it (default: en-GB)" },
    "offer-language": {
      value: "LANGUAGE",
      help: "as a campaign that offers this language beside English, e.g. cy-GB",
      many: true,
    },
    reason: { value: "REASON", help: `why we call: ${reasons.join(", ")} (default: first)` },
    field: {
      value: "NAME=VALUE",
      many: true,
      whole: true,
      help: "a field of the list, as it would stand there",
    },
    record: { value: "FILE", help: "add the walk to this file of flow tests" },
    name: { value: "TEXT", help: "what the recorded call is named (else you are asked)" },
  },
  notes: [
    sourceNotes,
    "Keys act as on a telephone: 1, or several at once, such as 07700900123#. Enter is silence, h hangs up; where the",
    "flow records, `talk 5s` or `say FILE.wav` speaks. Silence takes no time here; how long it would be is told.",
    "Keys can come on a pipe, a line each; its end hangs up.",
  ].join("\n"),
  examples: [
    "hearback try fft",
    "hearback try appointment --field 'appointment=2026-12-03 10:30'",
    "hearback try fft --record dialplans/flows/fft.test.yaml",
  ],
  run: async ([name], given, io) => {
    const reason = reasons.find((word) => word === (given.reason ?? "first"));
    if (!reason) throw new UsageError(`--reason ${given.reason} is none of: ${reasons.join(", ")}`);
    const { files } = await readSource(given, io);
    const { flows } = readFlows(files);
    checkNamed([name!], [...flows.keys()]);
    const language = given.language ?? "en-GB";
    const book = promptBook(files, { watch: { fellBack: () => {}, missing: () => {} }, rehearsal: true });
    const offered = given["offer-language"];
    const offers = offered.length > 0 ? [...new Set(["en-GB", ...offered])] : [];
    const flow = flows.get(name!)!;
    const contact = contactIn(given.field, flow, io);
    const circumstances = {
      ...(reason === "first" ? {} : { reason }),
      ...(given.language ? { language } : {}),
      ...(offers.length > 0 ? { offers } : {}),
      ...(Object.keys(contact).length > 0 ? { contact } : {}),
    };
    const lines = linesOf(io);
    const lengthOf = lengthsIn(files, language);
    const tried = await tryFlow({
      ...{ flow, flows, book, circumstances, lengthOf, words: wordsOf(files, language) },
      lengthOfFile: (file) => lengthOfWav(readFileSync(file)),
      tell: (line) => say(io.stdout, line),
      ask: async () => {
        if (io.stdout.isTTY) io.stdout.write("      > ");
        return lines.next();
      },
    });
    say(io.stdout, ending(tried));
    if (given.record) {
      const call = { name: given.name ?? (await askName(io, lines)), circumstances, call: tried.call };
      await record(given.record, call, tried, { flow, flows }, io);
    }
    lines.close();
    return 0;
  },
});

/**
 * As the list would have them.
 * @throws UsageError where the flow has no such field
 */
function contactIn(given: readonly string[], flow: Flow, io: Io): Record<string, string> {
  const known = flow.contact ?? {};
  const pairs = given.map((pair): [string, string] => {
    const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    const kind = known[name];
    if (!kind) {
      const names = Object.keys(known);
      const there = names.length > 0 ? `there are: ${names.join(", ")}` : `${flow.flow} uses none`;
      throw new UsageError(`--field ${pair} is no NAME=VALUE of a field that the flow uses; ${there}`);
    }
    if (value.trim() !== "" && readField(value, kind, "Europe/London") === null)
      say(
        io.stderr,
        `${name} is to be a ${kind}, and "${value}" is none: the call goes as if it were missing.`,
      );
    return [name.toLowerCase(), value];
  });
  return Object.fromEntries(pairs);
}

const ending = ({ walked: { disposition, talked }, lastedMs }: Tried): string =>
  [
    `The call is over after ${Math.round(lastedMs / 1000)} s: ${disposition}.`,
    ...Object.entries(talked.state.answers).map(([name, value]) => `  ${name}: ${value}`),
  ].join("\n");

async function askName(io: Io, lines: Lines): Promise<string> {
  if (io.stdout.isTTY) io.stdout.write("Name of this call, for the test: ");
  const name = (await lines.next())?.trim();
  if (!name) throw new UsageError("a recorded call needs a name: --name TEXT");
  return name;
}

type Call = Parameters<typeof expectationOf>[0];

async function record(
  file: string,
  call: Call,
  { walked }: Tried,
  { flow, flows }: Pick<Parameters<typeof tryFlow>[0], "flow" | "flows">,
  io: Io,
): Promise<void> {
  const expect = await expectationOf(call, walked, flow, flows);
  if (!expect)
    throw new AppError(
      "not_recorded",
      "Not recorded: made once more as a test the call goes another way. Try without typing ahead.",
    );
  try {
    writeFileSync(file, withCall(textOf(file), call, expect));
  } catch (thrown) {
    throw new AppError("not_recorded", `Not recorded: ${file}: ${messageOf(thrown)}`, {}, { cause: thrown });
  }
  say(io.stderr, `Recorded as "${call.name}" in ${file}.`);
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw thrown;
  }
}

/** By the recordings themselves; a prompt without one takes no time. */
function lengthsIn(files: ReadonlyMap<string, Uint8Array>, language: string): (prompt: string) => number {
  const known = new Map<string, number>();
  return (prompt) => {
    const bytes = files.get(`prompts/${language}/${prompt}.wav`) ?? files.get(`prompts/en-GB/${prompt}.wav`);
    if (!known.has(prompt)) known.set(prompt, bytes ? lengthOfWav(bytes) : 0);
    return known.get(prompt)!;
  };
}

function lengthOfWav(bytes: Uint8Array): number {
  const { channels, sampleRate } = readAnyWav(bytes);
  return ((channels[0]?.length ?? 0) / sampleRate) * 1000;
}

interface Lines {
  /** Null at the end. */
  next(): Promise<string | null>;
  close(): void;
}

function linesOf(io: Io): Lines {
  const reader = createInterface({ input: io.stdin, signal: io.signal });
  const lines = reader[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { value, done } = await lines.next();
      return done ? null : value;
    },
    close: () => reader.close(),
  };
}
