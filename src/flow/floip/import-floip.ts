/** A container of FLOIP's flow specification as flows of ours, with a line for all that they have no place for. */
import { stringify } from "yaml";
import { AppError } from "#lib/errors.ts";
import { stepName } from "../step-shapes.ts";
import {
  type Block,
  type Container,
  containerSchema,
  type FloipFlow,
  type Lost,
  tagOf,
} from "./container.ts";
import { pastBlock, stepOf } from "./import-blocks.ts";
import { choicesOf, entersOptOut, everywhereNames, type Importing, keepWords, keyIn } from "./importing.ts";
import { heardIn, slug } from "./resources.ts";

export interface Imported {
  /** By name, as a file of dialplans/flows. */
  flows: ReadonlyMap<string, string>;
  /** Words of prompts that came along, by id and language; what of them is wanted is for the manifest's keeper. */
  words: ReadonlyMap<string, Record<string, string>>;
  lost: Lost[];
}

/** @throws AppError `floip_unreadable` */
export function importFloip(text: string): Imported {
  const container = readContainer(text);
  const names = new Map(container.flows.map((flow) => [flow.uuid, slug(flow.name)]));
  const words = new Map<string, Record<string, string>>();
  const lost: Lost[] = [];
  const flows = container.flows.map((flow) => {
    const made = importFlow(flow, { names, words, lost });
    return [
      made.flow as string,
      `${heading}${stringify(made, { aliasDuplicateObjects: false, lineWidth: 110 })}`,
    ] as const;
  });
  return { flows: new Map(flows), words, lost };
}

const heading =
  "# From a FLOIP container. dialplans/README.md explains the words; `hearback check` tells what is missing.\n\n";

function readContainer(text: string): Container {
  const refuse = (why: string) => new AppError("floip_unreadable", `This is no FLOIP container: ${why}.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("it is not JSON");
  }
  const parsed = containerSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue?.path.join(".") || "the whole"}: ${issue?.message}`);
}

interface Sharing {
  names: ReadonlyMap<string, string>;
  words: Importing["words"];
  lost: Lost[];
}

function importFlow(floip: FloipFlow, { names, words, lost }: Sharing): Record<string, unknown> {
  const flow = names.get(floip.uuid)!;
  const blocks = new Map(floip.blocks.map((block) => [block.uuid, block]));
  const named = stepNames(floip.blocks, blocks);
  const target = (uuid: string | null | undefined): string => {
    const passed = new Set<string>();
    for (let at = uuid; at && blocks.has(at) && !passed.has(at); ) {
      const past = pastBlock(blocks.get(at)!, blocks);
      if (past === null) return named.get(at)!;
      passed.add(at);
      at = past;
    }
    return "end";
  };
  const unanswered = target(floip.exit_block_id);
  const tags = new Map(floip.languages.map((language) => [language.id, tagOf(language)]));
  const at: Importing = {
    ...{ flow, stepOf: target, blocks, unanswered, words, lost, tags },
    resources: new Map(floip.resources.map((resource) => [resource.uuid, resource])),
    flowOf: (uuid) => names.get(uuid) ?? null,
  };
  const steps = Object.fromEntries(
    floip.blocks.flatMap((block) => {
      const name = named.get(block.uuid)!;
      const step = stepOf(name, block, at);
      return step ? [[name, step]] : [];
    }),
  );
  // Words of single prompts lie beside the resources that are made of several.
  for (const resource of floip.resources) keepWords(heardIn(resource, "", tags), words);
  words.delete("");
  const { everywhere, added } = everywhereOf(floip.blocks, Object.keys(steps), at);
  return {
    ...{ flow, title: floip.label ?? floip.name, start: target(floip.first_block_id) },
    timing: timingOf(floip.interaction_timeout),
    ...{ everywhere, languages: [...tags.values()], ...fieldsAsked(steps), unanswered },
    steps: { ...steps, ...added },
  };
}

/** Fields of the contact are declared with us; what they are, their values alone do not tell. */
function fieldsAsked(steps: Record<string, Record<string, unknown>>): { contact?: Record<string, "text"> } {
  const asked = Object.values(steps).flatMap(
    ({ on }) => (on as { contact?: string } | undefined)?.contact ?? [],
  );
  return asked.length === 0 ? {} : { contact: Object.fromEntries(asked.map((name) => [name, "text"])) };
}

/** By block's uuid: its label where that can be a step's name, else one made of its name. */
function stepNames(all: readonly Block[], blocks: ReadonlyMap<string, Block>): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    all.map((block) => {
      const wanted = stepName.safeParse(block.label).success
        ? String(block.label)
        : slug(block.label ?? block.name);
      // A block that is joined with the next one gives that its name.
      if (entersOptOut(block, blocks)) return [block.uuid, wanted];
      let name = wanted;
      for (let i = 2; taken.has(name); i++) name = `${wanted.slice(0, 60)}-${i}`;
      taken.add(name);
      return [block.uuid, name];
    }),
  );
}

/** What a run waits for an answer, and our own manners beside it. */
const timingOf = (seconds: number) => ({
  answerWithinMs: Math.min(60_000, Math.max(1_000, Math.round(seconds * 1000))),
  ...{ tries: 3, handsetPauseMs: 500, sameKeyWithinMs: 800, voicemailTalkMs: 6000 },
});

/** Of a container of ours the keys are choices of every question; another gets the usual ones. */
function everywhereOf(blocks: readonly Block[], taken: readonly string[], at: Importing) {
  for (const block of blocks) {
    const keyOf = (name: string) => keyIn(choicesOf(block).find((choice) => choice.name === name)?.test);
    const [repeat, key] = [keyOf(everywhereNames.repeat), keyOf(everywhereNames.optOut)];
    const exit = block.exits.find(({ name }) => name === everywhereNames.optOut);
    if (repeat && key && exit)
      return { everywhere: { repeat, optOut: { key, next: at.stepOf(exit.destination_block) } }, added: {} };
  }
  const free = (name: string): string => (taken.includes(name) ? free(`${name}-here`) : name);
  const [ask, undone, bye] = [free("opt-out"), free("opt-out-undone"), free("opt-out-goodbye")];
  at.lost.push({
    flow: at.flow,
    path: [ask],
    what: "it has no key to opt out: key 9 and its steps are put in",
  });
  const added = {
    [ask]: {
      ...{ kind: "menu", enter: "opt-out", say: ["opted-out", { pauseMs: 300 }, "opt-out-mistake"] },
      choices: [{ key: "1", mark: "undo-opt-out", next: undone }],
      ...{ tries: 1, silence: bye, unanswered: bye },
    },
    [undone]: { kind: "play", say: ["opt-out-undone"], next: "resume" },
    [bye]: { kind: "play", say: ["goodbye"], next: "end" },
  };
  return { everywhere: { repeat: "*", optOut: { key: "9", next: ask } }, added };
}
