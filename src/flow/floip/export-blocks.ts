/** A step as blocks of FLOIP. */
import type { DigitsStep, Flow, MenuStep, RecordStep, Step } from "../definition.ts";
import { answers as nation } from "../check/nation.ts";
import { type Block, type Exit, optedOut, ours, uuidOf } from "./container.ts";
import { spokenResource, type Speaking } from "./resources.ts";

export interface Exporting extends Speaking {
  of: Flow;
  /** The block that a way leads to; null: the run ends. */
  blockOf(target: string): string | null;
  flowUuid(name: string): string;
}

type Made = Pick<Block, "type" | "name" | "config" | "exits"> & Partial<Block>;
/** One or more blocks; each leads on to the next by its own exit. */
export function blocksOf(name: string, step: Step, at: Exporting): Block[] | null {
  const made = madeOf(name, step, at);
  return made && made.map((block, i) => ({ uuid: blockUuid(at.flow, name, i), label: name, ...block }));
}

export const blockUuid = (flow: string, step: string, part = 0): string => uuidOf("block", flow, step, part);

function madeOf(name: string, step: Step, at: Exporting): Made[] | null {
  const path = ["steps", name];
  const word = wordOf(name);
  const exit = exitsOf(name, at);
  switch (step.kind) {
    case "play": {
      const prompt = spokenResource(step.say, [...path, "say"], at);
      const tags = step.complete ? { tags: ["complete"] } : {};
      return [
        { ...message, name: word, config: { prompt }, exits: [exit("next", step.next, { default: true })], ...tags },
      ];
    }
    case "end": {
      const settled = step.disposition ? { semantic_label: `${ours}${step.disposition}` } : {};
      if (step.say.length === 0) return null;
      const prompt = spokenResource(step.say, [...path, "say"], at);
      return [
        { ...message, name: word, config: { prompt }, exits: [exit("next", "end", { default: true })], ...settled },
      ];
    }
    case "menu":
      return menuBlocks(name, step, at);
    case "digits":
      return [digitsBlock(name, step, at)];
    case "record":
      return [recordBlock(name, step, at)];
    case "branch":
      return [caseBlock(name, step, at)];
    case "set": {
      const value = typeof step.value === "string" ? `'${step.value}'` : String(step.value);
      const exits = [exit("next", step.next, { default: true })];
      return [{ type: "Core.Output", name: step.answer, config: { value }, exits }];
    }
    case "call": {
      const config = { flow_id: at.flowUuid(step.flow) };
      return [{ type: "Core.RunFlow", name: word, config, exits: [exit("next", step.next, { default: true })] }];
    }
    default:
      return null;
  }
}

const message = { type: "MobilePrimitives.Message" };

/** A variable's name: letters, digits and underscores. */
export const wordOf = (name: string): string => name.replaceAll("-", "_").replace(/^(\d)/, "_$1");

type MakeExit = (name: string, to: string, more?: Partial<Exit>) => Exit;

const exitsOf =
  (step: string, at: Exporting): MakeExit =>
  (name, to, more = {}) => {
    const destination_block = at.blockOf(to);
    const uuid = uuidOf("exit", at.flow, step, name);
    return { uuid, name, ...(destination_block ? { destination_block } : {}), ...more };
  };

function loses(at: Exporting, path: (string | number)[], step: object, fields: Record<string, string>): void {
  for (const [field, what] of Object.entries(fields)) {
    const value = (step as Record<string, unknown>)[field];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    at.lost.push({ flow: at.flow, path: [...path, field], what });
  }
}

function menuBlocks(name: string, step: MenuStep, at: Exporting): Made[] {
  const path = ["steps", name];
  const exit = exitsOf(name, at);
  loses(at, path, step, { tries: "how often it is asked is the platform's", of: "only the caller's own number" });
  const named = step.choices.map((choice) => ({ ...choice, name: nameOf(choice) }));
  const choices = named.map((choice, i) => {
    const { label, say } = choice;
    if (label !== undefined && label !== nation.find((answer) => answer.say === say)?.label)
      at.lost.push({ flow: at.flow, path: [...path, "choices", i, "label"], what: "an answer has no second name" });
    const prompt = spokenResource(say === undefined ? [] : [say], [...path, "choices", i, "say"], at);
    return { name: choice.name, test: `block.response = '${choice.key}'`, prompt };
  });
  const { repeat, optOut } = at.of.everywhere;
  const says = step.choices.flatMap(({ say }) => say ?? []);
  const config = {
    prompt: spokenResource([...step.say, ...says, ...step.sayAfter], [...path, "say"], at),
    ...(says.length > 0 ? { question_prompt: spokenResource(step.say, [...path, "say"], at) } : {}),
    choices: [
      ...choices,
      { name: "repeat", test: `block.response = '${repeat}'`, prompt: spokenResource([], path, at) },
      { name: "opt_out", test: `block.response = '${optOut.key}'`, prompt: spokenResource([], path, at) },
    ],
  };
  const chosen = (value: string) => ({ test: `block.value = '${value}'` });
  const exits = [
    ...named.map((choice) => {
      const settled = choice.mark ? { semantic_label: `${ours}${choice.mark}` } : {};
      return exit(choice.name, choice.next, { ...chosen(choice.name), ...settled });
    }),
    exit("repeat", name, chosen("repeat")),
    exit("opt_out", optOut.next, chosen("opt_out")),
    ...(step.silence ? [exit("silence", step.silence, { test: "block.response = ''" })] : []),
    exit("unanswered", step.unanswered ?? at.of.unanswered, { default: true }),
  ];
  const tags = step.greeting ? { tags: ["greeting"] } : {};
  const asked: Made = {
    ...{ type: "MobilePrimitives.SelectOneResponse", name: step.answer ?? wordOf(name), config, exits, ...tags },
  };
  if (step.enter !== "opt-out") return [asked];
  const groups = [{ group_key: optedOut, group_name: "Never to be called again" }];
  const next: Exit = {
    ...{ uuid: uuidOf("exit", at.flow, name, "opted-out"), name: "next", default: true },
    destination_block: blockUuid(at.flow, name, 1),
  };
  return [
    { type: "Core.SetGroupMembership", name: wordOf(name), config: { groups, is_member: true }, exits: [next] },
    asked,
  ];
}

const nameOf = ({ value, key }: MenuStep["choices"][number]): string =>
  value === undefined ? `key_${key === "#" ? "hash" : key === "*" ? "star" : key}` : String(value);

function digitsBlock(name: string, step: DigitsStep, at: Exporting): Made {
  const exit = exitsOf(name, at);
  loses(at, ["steps", name], step, {
    ...(step.as === "number" ? {} : { as: "FLOIP knows numbers only" }),
    date: "FLOIP knows no dates by key",
    wrong: "a wrong number is not told apart from none",
    readBack: "what was keyed is not read back",
    tries: "how often it is asked is the platform's",
  });
  if (step.length && step.length.min > 1)
    at.lost.push({ flow: at.flow, path: ["steps", name, "length", "min"], what: "there is no shortest number" });
  const { min, max, length } = step;
  const config = {
    prompt: spokenResource(step.say, ["steps", name, "say"], at),
    ...(min === undefined ? {} : { validation_minimum: min }),
    ...(max === undefined ? {} : { validation_maximum: max }),
    ...(length ? { IVR: { max_digits: length.max } } : {}),
  };
  const exits = [
    exit("next", step.next, { test: "block.response != ''" }),
    exit("unanswered", step.unanswered ?? at.of.unanswered, { default: true }),
  ];
  const tags = step.keep ? { tags: ["keep"] } : {};
  return { type: "MobilePrimitives.NumericResponse", name: step.answer, config, exits, ...tags };
}

function recordBlock(name: string, step: RecordStep, at: Exporting): Made {
  const exit = exitsOf(name, at);
  loses(at, ["steps", name], step, {
    tone: "the tone is the platform's",
    silenceMs: "how much silence ends it is the platform's",
    nudge: "nobody is encouraged to go on",
    limit: "a story that is as long as it may be goes on as any other",
  });
  const config = { prompt: spokenResource(step.say, ["steps", name, "say"], at) };
  const exits = [
    exit("next", step.next, { test: "block.response != ''" }),
    exit("nothing", step.nothing, { default: true }),
  ];
  const tags = step.adds ? { tags: ["adds"] } : {};
  return { type: "MobilePrimitives.OpenResponse", name: wordOf(name), config, exits, ...tags };
}

function caseBlock(name: string, step: Extract<Step, { kind: "branch" }>, at: Exporting): Made {
  const exit = exitsOf(name, at);
  const { on } = step;
  const known = typeof on === "string" ? `flow.${on}` : "answer" in on ? `flow.${on.answer}` : `contact.${on.contact}`;
  if (on === "reason" || on === "caller")
    at.lost.push({
      ...{ flow: at.flow, path: ["steps", name, "on"] },
      what: `it asks for ${known}, which other platforms do not know`,
    });
  const exits = [
    ...Object.entries(step.when).map(([value, to]) => exit(value, to, { test: `${known} = '${value}'` })),
    exit("otherwise", step.otherwise, { default: true }),
  ];
  return { type: "Core.Case", name: wordOf(name), config: {}, exits };
}
