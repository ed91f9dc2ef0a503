/** A step as blocks of FLOIP. */
import type { BranchStep, DigitsStep, RecordStep, Step } from "../definition.ts";
import { type Block, ours } from "./container.ts";
import { menuBlocks, optOutBlocks } from "./export-menu.ts";
import { blockUuid, type Exporting, exitsOf, loses, type Made, wordOf } from "./exporting.ts";
import { spokenResource } from "./resources.ts";

/** One or more blocks; each leads on to the next by its own exit. */
export function blocksOf(name: string, step: Step, at: Exporting): Block[] | null {
  const made = madeOf(name, step, at);
  return made?.map((block, i) => ({ uuid: blockUuid(at.flow, name, i), label: name, ...block })) ?? null;
}

function madeOf(name: string, step: Step, at: Exporting): Made[] | null {
  const next = (to: string) => [exitsOf(name, at)("next", to, { default: true })];
  const spoken = (say: Parameters<typeof spokenResource>[0]) => ({
    ...{ type: "MobilePrimitives.Message", name: wordOf(name) },
    config: { prompt: spokenResource(say, ["steps", name, "say"], at) },
  });
  switch (step.kind) {
    case "play":
      return [
        { ...spoken(step.say), exits: next(step.next), ...(step.complete ? { tags: ["complete"] } : {}) },
      ];
    case "end": {
      const settled = step.disposition ? { semantic_label: `${ours}${step.disposition}` } : {};
      return step.say.length === 0 ? null : [{ ...spoken(step.say), exits: next("end"), ...settled }];
    }
    case "menu":
      return menuBlocks(name, step, at);
    case "opt-out":
      return optOutBlocks(name, step, at);
    case "digits":
      return [digitsBlock(name, step, at)];
    case "record":
      return [recordBlock(name, step, at)];
    case "branch":
      return [caseBlock(name, step, at)];
    case "set": {
      const value = typeof step.value === "string" ? `'${step.value}'` : String(step.value);
      return [{ type: "Core.Output", name: step.answer, config: { value }, exits: next(step.next) }];
    }
    case "call": {
      const config = { flow_id: at.flowUuid(step.flow) };
      return [{ type: "Core.RunFlow", name: wordOf(name), config, exits: next(step.next) }];
    }
    default:
      return null;
  }
}

function digitsBlock(name: string, step: DigitsStep, at: Exporting): Made {
  const exit = exitsOf(name, at);
  loses(at, ["steps", name], step, {
    ...(step.as === "number" ? {} : { as: "FLOIP knows numbers only, and writes down what is keyed" }),
    date: "FLOIP knows no dates by key",
    wrong: "a wrong number is not told apart from none",
    readBack: "what was keyed is not read back",
    tries: "how often it is asked is the platform's",
  });
  if (step.as === "date")
    at.lost.push({ flow: at.flow, path: ["steps", name, "length"], what: "as many digits as a date has" });
  if (step.length && step.length.min > 1)
    at.lost.push({
      flow: at.flow,
      path: ["steps", name, "length", "min"],
      what: "there is no shortest number",
    });
  const { min, max, length } = step;
  const most = step.date?.length ?? length?.max;
  const config = {
    prompt: spokenResource(step.say, ["steps", name, "say"], at),
    ...(min === undefined ? {} : { validation_minimum: min }),
    ...(max === undefined ? {} : { validation_maximum: max }),
    ...(most === undefined ? {} : { IVR: { max_digits: most } }),
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

function caseBlock(name: string, step: BranchStep, at: Exporting): Made {
  const exit = exitsOf(name, at);
  const { on } = step;
  const known =
    typeof on === "string" ? `flow.${on}` : "answer" in on ? `flow.${on.answer}` : `contact.${on.contact}`;
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
