/** Menus, and steps that opt out, as blocks of FLOIP. */
import { answers as nation } from "../check/nation.ts";
import type { MenuStep, OptOutStep } from "../definition.ts";
import { type Exit, optedOut, ours, uuidOf } from "./container.ts";
import { blockUuid, type Exporting, exitsOf, loses, type Made, wordOf } from "./exporting.ts";
import { spokenResource } from "./resources.ts";

export function menuBlocks(name: string, whole: MenuStep, at: Exporting): Made[] {
  const step = inOneLanguage(name, whole, at);
  loses(at, ["steps", name], step, {
    tries: "how often it is asked is the platform's",
    of: "only the caller's own number",
  });
  const asked: Made = {
    type: "MobilePrimitives.SelectOneResponse",
    name: step.answer ?? wordOf(name),
    config: questionOf(name, step, at),
    exits: waysOf(name, step, at),
    ...(step.greeting ? { tags: ["greeting"] } : {}),
  };
  return step.enter === "opt-out" ? [joining(name, at), asked] : [asked];
}

/** A run there keeps the language that it began in. */
function inOneLanguage(name: string, step: MenuStep, at: Exporting): MenuStep {
  for (const [i, { language }] of step.choices.entries())
    if (language !== undefined)
      at.lost.push({
        ...{ flow: at.flow, path: ["steps", name, "choices", i] },
        what: `no key changes the language to ${language}`,
      });
  return { ...step, choices: step.choices.filter(({ language }) => language === undefined) };
}

/** The keys that act everywhere with us are choices of every question there. */
function questionOf(name: string, step: MenuStep, at: Exporting): Record<string, unknown> {
  const path = ["steps", name];
  const says = step.choices.flatMap(({ say }) => say ?? []);
  const nothing = spokenResource([], path, at);
  const { repeat, optOut } = at.of.everywhere;
  return {
    prompt: spokenResource([...step.say, ...says, ...step.sayAfter], [...path, "say"], at),
    ...(says.length > 0 ? { question_prompt: spokenResource(step.say, [...path, "say"], at) } : {}),
    choices: [
      ...step.choices.map((choice, i) => choiceOf(choice, [...path, "choices", i], at)),
      { name: "repeat", test: `block.response = '${repeat}'`, prompt: nothing },
      { name: "opt_out", test: `block.response = '${optOut.key}'`, prompt: nothing },
    ],
  };
}

type Choice = MenuStep["choices"][number];

function choiceOf(choice: Choice, path: (string | number)[], at: Exporting) {
  const { key, label, say } = choice;
  const known = nation.find((answer) => answer.say === say)?.label;
  if (label !== undefined && label !== known)
    at.lost.push({ flow: at.flow, path: [...path, "label"], what: "an answer has no second name" });
  const prompt = spokenResource(say === undefined ? [] : [say], [...path, "say"], at);
  return { name: nameOf(choice), test: `block.response = '${key}'`, prompt };
}

function waysOf(name: string, step: MenuStep, at: Exporting): Exit[] {
  const exit = exitsOf(name, at);
  const chosen = (value: string) => ({ test: `block.value = '${value}'` });
  return [
    ...step.choices.map((choice) => {
      const settled = choice.mark ? { semantic_label: `${ours}${choice.mark}` } : {};
      return exit(nameOf(choice), choice.next, { ...chosen(nameOf(choice)), ...settled });
    }),
    exit("repeat", name, chosen("repeat")),
    exit("opt_out", at.of.everywhere.optOut.next, chosen("opt_out")),
    ...(step.silence ? [exit("silence", step.silence, { test: "block.response = ''" })] : []),
    exit("unanswered", step.unanswered ?? at.of.unanswered, { default: true }),
  ];
}

/** The caller joins the group of those who are never called again, and goes on to the step's own block. */
function joining(name: string, at: Exporting): Made {
  const groups = [{ group_key: optedOut, group_name: "Never to be called again" }];
  const next: Exit = {
    ...{ uuid: uuidOf("exit", at.flow, name, optedOut), name: "next", default: true },
    destination_block: blockUuid(at.flow, name, 1),
  };
  const config = { groups, is_member: true };
  return { type: "Core.SetGroupMembership", name: wordOf(name), config, exits: [next] };
}

export function optOutBlocks(name: string, step: OptOutStep, at: Exporting): Made[] {
  const exit = exitsOf(name, at);
  loses(at, ["steps", name], step, { of: "only the caller's own number" });
  const config = {
    prompt: spokenResource(step.say, ["steps", name, "say"], at),
    choices: [{ name: "undo", test: `block.response = '${step.undo}'`, prompt: spokenResource([], [], at) }],
  };
  const undone = { test: "block.value = 'undo'", semantic_label: `${ours}undo-opt-out` };
  const exits = [exit("undo", step.undone, undone), exit("unanswered", step.next, { default: true })];
  const type = "MobilePrimitives.SelectOneResponse";
  return [joining(name, at), { type, name: wordOf(name), tags: ["opt-out"], config, exits }];
}

const nameOf = ({ value, key }: Choice): string =>
  value === undefined ? `key_${key === "#" ? "hash" : key === "*" ? "star" : key}` : String(value);
