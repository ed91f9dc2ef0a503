/** A block of FLOIP as a step of ours. */
import { answers as nation } from "../check/nation.ts";
import { type Block, type Exit, type Lost, optedOut, ours, type Resource } from "./container.ts";
import { heardIn, slug } from "./resources.ts";

type Fields = Record<string, unknown>;

export interface Importing {
  flow: string;
  /** By block's uuid, the step that stands for it; "end" where there is none. */
  stepOf(uuid: string | null | undefined): string;
  blocks: ReadonlyMap<string, Block>;
  resources: ReadonlyMap<string, Resource>;
  /** BCP 47 by FLOIP's id. */
  tags: ReadonlyMap<string, string>;
  /** Where silence leads, unless a step says otherwise. */
  unanswered: string;
  flowOf(uuid: string): string | null;
  /** Words of the prompts that came with it. */
  words: Map<string, Record<string, string>>;
  lost: Lost[];
}

const defaultExit = ({ exits }: Block): Exit | undefined =>
  exits.find((exit) => exit.default) ?? exits.find(({ name }) => /^(next|default)$/i.test(name)) ?? exits[0];

/** Types for which there is a step; any other is gone past, by its default exit. */
const steps: Record<string, (name: string, block: Block, at: Importing) => Fields | null> = {
  "MobilePrimitives.Message": messageStep,
  "MobilePrimitives.SelectOneResponse": menuStep,
  "MobilePrimitives.NumericResponse": digitsStep,
  "MobilePrimitives.OpenResponse": recordStep,
  "Core.Case": branchStep,
  "Core.Output": setStep,
  "Core.RunFlow": callStep,
};

/** Null: there is no such step, which is told in `lost`. */
export function stepOf(name: string, block: Block, at: Importing): Fields | null {
  const made = steps[block.type]?.(name, block, at) ?? null;
  const joined = block.type === "Core.SetGroupMembership" && entersOptOut(block, at.blocks);
  if (!made && !joined) {
    const to = at.stepOf(defaultExit(block)?.destination_block);
    at.lost.push({ flow: at.flow, path: [name], what: `there is no step for ${block.type}; the call goes on to ${to}` });
  }
  return made;
}

/** Where a block that is no step of ours leads on to; null: it is one. */
export function pastBlock(block: Block, blocks: ReadonlyMap<string, Block>): string | null | undefined {
  if (block.type === "Core.SetGroupMembership") return defaultExit(block)?.destination_block ?? undefined;
  if (block.type === "Core.Case" && caseOf(block) === null) return defaultExit(block)?.destination_block ?? undefined;
  if (block.type === "Core.RunFlow" || steps[block.type]) return null;
  return blocks.has(block.uuid) ? (defaultExit(block)?.destination_block ?? undefined) : undefined;
}

/** The block that is joined with the menu behind it: that menu opts out on being entered. */
export function entersOptOut(block: Block, blocks: ReadonlyMap<string, Block>): boolean {
  const groups = (block.config.groups ?? []) as { group_key?: string }[];
  const next = blocks.get(defaultExit(block)?.destination_block ?? "");
  return (
    block.config.is_member === true &&
    groups.some(({ group_key }) => group_key === optedOut) &&
    next?.type === "MobilePrimitives.SelectOneResponse"
  );
}

function said(uuid: unknown, name: string, at: Importing): string[] {
  const { ids, words } = heardIn(at.resources.get(String(uuid)), name, at.tags);
  for (const [id, told] of words) if (Object.keys(told).length > 0) at.words.set(id, told);
  return ids;
}

function messageStep(name: string, block: Block, at: Importing): Fields {
  const say = said(block.config.prompt, `${name}-words`, at);
  const next = at.stepOf(defaultExit(block)?.destination_block);
  const disposition = block.semantic_label?.startsWith(ours) ? block.semantic_label.slice(ours.length) : null;
  if (disposition && next === "end") return { kind: "end", disposition, say };
  return { kind: "play", say, next, ...(block.tags?.includes("complete") ? { complete: true } : {}) };
}

interface FloipChoice {
  name: string;
  test?: string;
  prompt?: string;
}

/** Keys that act everywhere with us, and are choices of every question there. */
export const everywhereNames = { repeat: "repeat", optOut: "opt_out" };
export const keyIn = (test: string | null | undefined): string | null =>
  /block\.response\s*=\s*'?([0-9*#])'?\s*(?:\)|$|,)/.exec(test ?? "")?.[1] ?? null;

export const choicesOf = ({ config }: Block): FloipChoice[] => (config.choices ?? []) as FloipChoice[];

function menuStep(name: string, block: Block, at: Importing): Fields {
  const answered = block.exits.filter(({ name: exit }) => exit !== "silence");
  const exitOf = (choice: FloipChoice) =>
    answered.find(({ test, default: other }) => !other && test?.includes(`'${choice.name}'`)) ??
    answered.find((exit) => exit.name === choice.name) ??
    defaultExit(block);
  const own = choicesOf(block).filter(
    (choice) => choice.name !== everywhereNames.repeat && choice.name !== everywhereNames.optOut,
  );
  const choices = own.map((choice, i) => {
    const exit = exitOf(choice);
    const [say] = said(choice.prompt, `${name}-choice-${i + 1}`, at);
    const value = valueOf(choice.name);
    const label = nation.find((answer) => answer.say === say)?.label;
    const mark = exit?.semantic_label?.startsWith(ours) ? exit.semantic_label.slice(ours.length) : undefined;
    return {
      key: keyIn(choice.test) ?? String(i + 1),
      ...(value === undefined ? {} : { value }),
      ...(label ? { label } : {}),
      ...(say ? { say } : {}),
      ...(mark ? { mark } : {}),
      next: at.stepOf(exit?.destination_block),
    };
  });
  const all = said(block.config.prompt, `${name}-words`, at);
  const asked = block.config.question_prompt === undefined ? all : said(block.config.question_prompt, `${name}-question`, at);
  const says = choices.flatMap(({ say }) => say ?? []);
  const after = block.config.question_prompt === undefined ? [] : all.slice(asked.length + says.length);
  const silence = block.exits.find((exit) => exit.name === "silence");
  const before = [...at.blocks.values()].find(
    (other) => other.type === "Core.SetGroupMembership" && entersOptOut(other, at.blocks) && defaultExit(other)?.destination_block === block.uuid,
  );
  return {
    kind: "menu",
    ...(block.tags?.includes("greeting") ? { greeting: true } : {}),
    ...(before ? { enter: "opt-out" } : {}),
    ...(choices.some((choice) => "value" in choice) ? { answer: block.name } : {}),
    ...{ say: asked, choices },
    ...(after.length > 0 ? { sayAfter: after } : {}),
    ...(silence ? { silence: at.stepOf(silence.destination_block) } : {}),
    ...unansweredBy(block.exits.find((exit) => exit.default), at),
  };
}

function valueOf(name: string): number | boolean | string | undefined {
  if (/^key_/.test(name)) return undefined;
  if (/^-?\d{1,9}$/.test(name)) return Number(name);
  return name === "true" ? true : name === "false" ? false : name;
}

function unansweredBy(exit: Exit | undefined, at: Importing): Fields {
  const to = at.stepOf(exit?.destination_block);
  return exit === undefined || to === at.unanswered ? {} : { unanswered: to };
}

function digitsStep(name: string, block: Block, at: Importing): Fields {
  const { validation_minimum: min, validation_maximum: max, IVR } = block.config as Record<string, number> & {
    IVR?: { max_digits?: number };
  };
  const most = IVR?.max_digits;
  const ranged = min !== undefined || max !== undefined;
  return {
    ...{ kind: "digits", answer: block.name, say: said(block.config.prompt, `${name}-words`, at) },
    ...(ranged ? { as: "number" } : {}),
    ...(most !== undefined ? { length: { min: 1, max: Math.min(most, 15) } } : ranged ? {} : { length: { min: 1, max: 15 } }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(block.tags?.includes("keep") ? { keep: true } : {}),
    next: at.stepOf(answeredExit(block)?.destination_block),
    ...unansweredBy(block.exits.find((exit) => exit.default), at),
  };
}

const answeredExit = (block: Block): Exit | undefined =>
  block.exits.find((exit) => !exit.default) ?? defaultExit(block);

/** The tone, the nudge and how much silence ends it are ours. */
function recordStep(name: string, block: Block, at: Importing): Fields {
  const next = at.stepOf(answeredExit(block)?.destination_block);
  return {
    ...{ kind: "record", answer: "story", ...(block.tags?.includes("adds") ? { adds: true } : {}) },
    ...{ say: said(block.config.prompt, `${name}-words`, at), tone: "tone", silenceMs: 5000 },
    ...{ nudge: ["take-your-time"], limit: next, next },
    nothing: at.stepOf(block.exits.find((exit) => exit.default)?.destination_block),
  };
}

/** What a case asks for, where all its exits ask whether one thing is one of several values. */
function caseOf({ exits }: Block): { source: string; name: string; when: [string, Exit][] } | null {
  const asked = exits
    .filter((exit) => !exit.default)
    .map((exit) => ({ exit, parts: /^\s*(flow|contact)\.(\w+)\s*=\s*'([^']*)'\s*$/.exec(exit.test ?? "") }));
  const [, source, name] = asked[0]?.parts ?? [];
  if (!source || !name || asked.some(({ parts }) => parts?.[1] !== source || parts[2] !== name)) return null;
  return { source, name, when: asked.map(({ exit, parts }) => [parts![3]!, exit]) };
}

function branchStep(_name: string, block: Block, at: Importing): Fields | null {
  const found = caseOf(block);
  if (!found) return null;
  const { source, name, when } = found;
  const known = source === "flow" && ["reason", "caller", "language"].includes(name);
  return {
    ...{ kind: "branch", on: known ? name : { [source === "contact" ? "contact" : "answer"]: name } },
    when: Object.fromEntries(when.map(([value, exit]) => [value, at.stepOf(exit.destination_block)])),
    otherwise: at.stepOf(defaultExit(block)?.destination_block),
  };
}

function setStep(_name: string, block: Block, at: Importing): Fields {
  const raw = String(block.config.value ?? "");
  const text = /^'(.*)'$/.exec(raw)?.[1];
  const value = text ?? valueOf(raw) ?? raw;
  return { kind: "set", answer: block.name, value, next: at.stepOf(defaultExit(block)?.destination_block) };
}

function callStep(name: string, block: Block, at: Importing): Fields {
  const flow = at.flowOf(String(block.config.flow_id)) ?? slug(name);
  return { kind: "call", flow, next: at.stepOf(defaultExit(block)?.destination_block) };
}
