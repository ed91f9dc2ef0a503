/** Walks a flow with somebody at a terminal: tells what would be heard, and asks what they do. */
import type { PromptBook } from "#call/prompt-book.ts";
import type { Flow } from "#flow/definition.ts";
import type { CallerAct } from "../caller-act.ts";
import type { FlowScript } from "../flow-test.ts";
import { type Walked, walkOnLine } from "../walk-script.ts";
import type { Words } from "../words.ts";
import { readTurn, turnHelp } from "./read-turn.ts";
import { TryLine } from "./try-line.ts";

export interface TryParts {
  flow: Flow;
  flows: ReadonlyMap<string, Flow>;
  words: Words;
  /** Whose call it is: reason, language ... */
  circumstances: Partial<Omit<FlowScript, "call">>;
  book: PromptBook;
  /** Milliseconds that a prompt lasts. */
  lengthOf(prompt: string): number;
  /** Milliseconds of a WAV file. */
  lengthOfFile(file: string): number;
  tell(line: string): void;
  /** What they type next; null at the end, which hangs up. */
  ask(): Promise<string | null>;
}

export interface Tried {
  walked: Walked<TryLine>;
  /** The call as a test's caller would make it. */
  call: CallerAct[];
  lastedMs: number;
}

export async function tryFlow(parts: TryParts): Promise<Tried> {
  const { flow, words, tell } = parts;
  const call: CallerAct[] = [];
  /** The last prompt that began since it was their turn. */
  let last: string | null = null;
  let step = "";
  let told = "";
  const onHeard = (prompt: string) => {
    last = prompt;
    if (step !== told) tell(`${clock(line.monotonicMs())}  ${step}`);
    told = step;
    tell(`        ${words.get(prompt) ?? `[${prompt}]`}`);
  };
  const line: TryLine = new TryLine(
    async ({ recording, withinMs }) => {
      if (recording) tell("        (your voice is being recorded)");
      const acts = await turn(parts);
      if (last !== null) call.push({ hear: last }, ...(recording ? [{ wait: 2_500 }] : []));
      call.push(...acts);
      last = null;
      if (acts.length === 0) tell(`        (${(withinMs / 1000).toFixed(1)} s of silence)`);
      told = "";
      return acts;
    },
    { onHeard, lengthOf: parts.lengthOf },
  );
  tell(`${flow.flow}: ${flow.title}. Type ${turnHelp}.`);
  const script = { ...parts.circumstances, call: [] };
  const walked = await walkOnLine({ flow, flows: parts.flows, script, line, book: parts.book }, (entered) => {
    step = entered;
  });
  return { walked, call: withoutLastSilences(call), lastedMs: line.monotonicMs() };
}

async function turn({ ask, tell, lengthOfFile }: TryParts): Promise<CallerAct[]> {
  for (;;) {
    const typed = await ask();
    if (typed === null) return [{ hangUp: true }];
    const read = readTurn(typed, lengthOfFile);
    if (read.kind === "acts") return read.acts;
    tell(`        ${read.because}`);
  }
}

/** Who does nothing more need not be said to wait. */
function withoutLastSilences(call: readonly CallerAct[]): CallerAct[] {
  const last = call.findLastIndex((act) => !("hear" in act || "wait" in act));
  return call.slice(0, last + 1);
}

const clock = (ms: number): string =>
  `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`.padStart(6);
