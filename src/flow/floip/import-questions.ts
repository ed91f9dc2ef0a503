/** Questions of FLOIP as steps of ours. */
import { answers as nation } from "../check/nation.ts";
import { type Block, type Exit, ours } from "./container.ts";
import {
  choicesOf,
  defaultExit,
  entersOptOut,
  everywhereNames,
  type Fields,
  type FloipChoice,
  type Importing,
  keyIn,
  said,
  valueNamed,
} from "./importing.ts";

function optOutStep(name: string, block: Block, at: Importing): Fields {
  const [undo] = choicesOf(block);
  const undone = block.exits.find((exit) => exit.name === undo?.name);
  return {
    ...{
      kind: "opt-out",
      say: said(block.config.prompt, `${name}-words`, at),
      undo: keyIn(undo?.test) ?? "1",
    },
    undone: at.stepOf(undone?.destination_block),
    next: at.stepOf(block.exits.find((exit) => exit.default)?.destination_block),
  };
}

export function menuStep(name: string, block: Block, at: Importing): Fields {
  if (block.tags?.includes("opt-out")) return optOutStep(name, block, at);
  const choices = choicesOf(block)
    .filter((choice) => !Object.values(everywhereNames).includes(choice.name))
    .map((choice, i) => choiceIn(choice, `${name}-choice-${i + 1}`, { block, at, nth: i + 1 }));
  const { prompt, question_prompt } = block.config;
  const all = said(prompt, `${name}-words`, at);
  const asked = question_prompt === undefined ? all : said(question_prompt, `${name}-question`, at);
  const says = choices.flatMap(({ say }) => say ?? []);
  const after = question_prompt === undefined ? [] : all.slice(asked.length + says.length);
  const silence = block.exits.find((exit) => exit.name === "silence");
  return {
    kind: "menu",
    ...(block.tags?.includes("greeting") ? { greeting: true } : {}),
    ...(isJoined(block, at) ? { enter: "opt-out" } : {}),
    ...(choices.some((choice) => "value" in choice) ? { answer: block.name } : {}),
    ...{ say: asked, choices },
    ...(after.length > 0 ? { sayAfter: after } : {}),
    ...(silence ? { silence: at.stepOf(silence.destination_block) } : {}),
    ...unansweredBy(block, at),
  };
}

/** The block before it takes the caller off the list. */
const isJoined = (block: Block, at: Importing): boolean =>
  [...at.blocks.values()].some(
    (other) =>
      other.type === "Core.SetGroupMembership" &&
      entersOptOut(other, at.blocks) &&
      defaultExit(other)?.destination_block === block.uuid,
  );

interface Among {
  block: Block;
  at: Importing;
  nth: number;
}

function choiceIn(choice: FloipChoice, prompt: string, { block, at, nth }: Among) {
  const answered = block.exits.filter(({ name }) => name !== "silence");
  const exit =
    answered.find(({ test, default: other }) => !other && test?.includes(`'${choice.name}'`)) ??
    answered.find(({ name }) => name === choice.name) ??
    defaultExit(block);
  const [say] = said(choice.prompt, prompt, at);
  const value = valueNamed(choice.name);
  const label = nation.find((answer) => answer.say === say)?.label;
  const mark = exit?.semantic_label?.startsWith(ours) ? exit.semantic_label.slice(ours.length) : undefined;
  return {
    key: keyIn(choice.test) ?? String(nth),
    ...(value === undefined ? {} : { value }),
    ...(label ? { label } : {}),
    ...(say ? { say } : {}),
    ...(mark ? { mark } : {}),
    next: at.stepOf(exit?.destination_block),
  };
}

function unansweredBy({ exits }: Block, at: Importing): Fields {
  const exit = exits.find((each) => each.default);
  const to = at.stepOf(exit?.destination_block);
  return exit === undefined || to === at.unanswered ? {} : { unanswered: to };
}

export function digitsStep(name: string, block: Block, at: Importing): Fields {
  const {
    validation_minimum: min,
    validation_maximum: max,
    IVR,
  } = block.config as Record<string, number> & {
    IVR?: { max_digits?: number };
  };
  const most = IVR?.max_digits;
  const ranged = min !== undefined || max !== undefined;
  return {
    ...{ kind: "digits", answer: block.name, say: said(block.config.prompt, `${name}-words`, at) },
    ...(ranged ? { as: "number" } : {}),
    ...(most !== undefined
      ? { length: { min: 1, max: Math.min(most, 15) } }
      : ranged
        ? {}
        : { length: { min: 1, max: 15 } }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(block.tags?.includes("keep") ? { keep: true } : {}),
    next: at.stepOf(answeredExit(block)?.destination_block),
    ...unansweredBy(block, at),
  };
}

const answeredExit = (block: Block): Exit | undefined =>
  block.exits.find((exit) => !exit.default) ?? defaultExit(block);

/** The tone, the nudge and how much silence ends it are ours. */
export function recordStep(name: string, block: Block, at: Importing): Fields {
  const next = at.stepOf(answeredExit(block)?.destination_block);
  return {
    ...{ kind: "record", answer: "story", ...(block.tags?.includes("adds") ? { adds: true } : {}) },
    ...{ say: said(block.config.prompt, `${name}-words`, at), tone: "tone", silenceMs: 5000 },
    ...{ nudge: ["take-your-time"], limit: next, next },
    nothing: at.stepOf(block.exits.find((exit) => exit.default)?.destination_block),
  };
}
