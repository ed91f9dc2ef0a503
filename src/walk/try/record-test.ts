import { isSeq, parseDocument } from "yaml";
import type { Flow } from "#flow/definition.ts";
import type { CallerAct } from "../caller-act.ts";
import type { Expectation, FlowScript } from "../flow-test.ts";
import { readFlowTests } from "../read-flow-tests.ts";
import { type Walked, walkScript } from "../walk-script.ts";

export interface Recording {
  name: string;
  circumstances: Partial<Omit<FlowScript, "call" | "name" | "expect">>;
  call: readonly CallerAct[];
}

/**
 * A walk as a test: made once more as a test would be, to see that it goes the same way and to write down what came of
 * it. Null where it does not.
 */
export async function expectationOf(
  { circumstances, call }: Recording,
  tried: Pick<Walked<unknown>, "ways" | "disposition">,
  flow: Flow,
  flows: ReadonlyMap<string, Flow>,
): Promise<Expectation | null> {
  const walked = await walkScript({ flow, flows, script: { ...circumstances, call: [...call] } });
  const same = JSON.stringify(walked.ways) === JSON.stringify(tried.ways);
  if (!same || walked.disposition !== tried.disposition || walked.line.stuckAt !== null) return null;
  const { answers, story } = walked.talked.state;
  const effects = walked.log.steps.flatMap((step) => step.effects.map(({ kind }) => kind));
  const parts = story.keptTake === null ? 0 : (story.parts[story.keptTake]?.length ?? 0);
  return {
    disposition: walked.disposition,
    ...(Object.keys(answers).length > 0 ? { answers } : {}),
    ...(parts > 0 ? { parts } : {}),
    effects,
    heard: walked.heard.map(({ prompt }) => prompt),
  };
}

/**
 * Adds a call behind the others of a test file, whose text otherwise stays as it is, comments too.
 * @param text null: there is no such file yet
 * @throws Error where the file could not be read afterwards
 */
export function withCall(
  text: string | null,
  { name, circumstances, call }: Recording,
  expect: Expectation,
): string {
  const { indent, at, before } = placeIn(text);
  const pad = " ".repeat(indent);
  const fields = Object.entries(circumstances).map(
    ([field, value]) => `${pad}  ${field}: ${flowText(value)}`,
  );
  const added = [
    `${pad}- name: ${JSON.stringify(name)}`,
    ...fields,
    `${pad}  call: ${flowText(call)}`,
    `${pad}  expect: ${flowText(expect)}`,
    "",
  ].join("\n");
  const whole = `${before.slice(0, at)}${added}${before.slice(at)}`;
  const ids = new Set([...whole.matchAll(/[a-z0-9-]+/g)].map(([id]) => id));
  const [fault] = readFlowTests("the test file", new TextEncoder().encode(whole), ids).faults;
  if (fault) throw new Error(`${fault.what}, in line ${fault.line}; ${fault.instead}`);
  return whole;
}

function placeIn(text: string | null): { indent: number; at: number; before: string } {
  const empty = { indent: 2, at: "calls:\n".length, before: "calls:\n" };
  if (text === null) return empty;
  const calls = parseDocument(text, { merge: true }).get("calls", true);
  const last = isSeq(calls) ? calls.items.at(-1) : null;
  const range = (last as { range?: [number, number, number] } | null)?.range;
  if (!range)
    return text.trim() === ""
      ? empty
      : {
          ...empty,
          before: text.replace(/^calls:.*$/m, "calls:"),
          at: lineEnd(text, text.search(/^calls:/m)),
        };
  const dash = text.lastIndexOf("-", range[0]);
  const begin = text.lastIndexOf("\n", dash) + 1;
  const written = text.slice(0, range[1]).trimEnd().length;
  return {
    indent: dash - begin,
    at: lineEnd(text, written),
    before: text.endsWith("\n") ? text : `${text}\n`,
  };
}

const lineEnd = (text: string, from: number): number => {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length + 1 : end + 1;
};

/** In one line, keys in quotes as the files have them. */
function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, each]) => `${key}: ${key === "press" ? JSON.stringify(each) : flowText(each)}`)
      .join(", ")} }`;
  return typeof value === "string" && !/^[a-z][a-z0-9_-]*$/.test(value)
    ? JSON.stringify(value)
    : String(value);
}
