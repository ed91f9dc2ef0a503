import type { Path } from "#lib/yaml-source.ts";
import type { Flow, Step } from "../../definition.ts";
import type { Checked, Found, Rule } from "../rule.ts";

export const keyClash: Rule = {
  name: "key-clash",
  about: "One key would do two things.",
  find: (checked) =>
    Object.entries(checked.flow.steps).flatMap(([name, step]) => [
      ...choicesThatClash(["steps", name], step, checked),
      ...fixedKeysThatClash(["steps", name], step, checked),
    ]),
};

const everywhereIn = ({ everywhere: { repeat, optOut } }: Flow): Map<string, string> =>
  new Map([
    [repeat, "says it again everywhere"],
    [optOut.key, "opts out everywhere"],
  ]);

function choicesThatClash(at: Path, step: Step, { flow, source }: Checked): Found[] {
  const everywhere = everywhereIn(flow);
  const keys = keysOf(step);
  const taken = keys.map(({ key }) => key);
  return keys.flatMap(({ key, path }, i) => {
    const before = taken.indexOf(key) < i ? "is a choice of this menu already" : null;
    const doing = everywhere.get(key) ?? before;
    if (doing === null) return [];
    const free = [..."123456780"].find((other) => !everywhere.has(other) && !taken.includes(other));
    const what = `key ${key} cannot be a choice here: it ${doing}`;
    const instead = free ? `take a free one, such as "${free}"` : "take a choice out";
    return [{ at: source.at([...at, ...path]), what, instead }];
  });
}

function keysOf(step: Step): { key: string; path: Path }[] {
  if (step.kind === "menu" || step.kind === "language")
    return step.choices.map(({ key }, i) => ({ key, path: ["choices", i, "key"] }));
  return step.kind === "opt-out" ? [{ key: step.undo, path: ["undo"] }] : [];
}

/** Keys that the application gives out: those of times, and 1 and 2 behind what is read back. */
function fixedKeysThatClash(at: Path, step: Step, { flow, source }: Checked): Found[] {
  const found = (field: string, most: number, of: string): Found[] =>
    [...everywhereIn(flow)].flatMap(([key, doing]) => {
      if (!/[1-9]/.test(key) || Number(key) > most) return [];
      const what = `${of} take keys 1 to ${most}, and key ${key} ${doing}`;
      const instead = most > 2 && key !== "1" ? `offer fewer than ${key}` : "let another key act everywhere";
      return [{ at: source.at([...at, field]), what, instead }];
    });
  if (step.kind === "callback") return found("choices", step.choices, "the times offered");
  return step.kind === "digits" && step.readBack ? found("readBack", 2, "right and again") : [];
}

export const everywhereClash: Rule = {
  name: "everywhere-clash",
  about: "The keys that act everywhere are one and the same, or # (which ends a story).",
  find: ({ flow: { everywhere }, source }) => {
    const { repeat, optOut } = everywhere;
    const found = [];
    if (repeat === optOut.key) {
      const what = `key ${repeat} would say it again and opt out`;
      found.push({ at: source.at(["everywhere", "repeat"]), what, instead: 'let "*" say it again' });
    }
    for (const path of [
      ["everywhere", "repeat"],
      ["everywhere", "optOut", "key"],
    ]) {
      const key = path.length === 2 ? repeat : optOut.key;
      if (key !== "#") continue;
      const what = "# ends what a caller tells or keys, and cannot do anything else";
      found.push({ at: source.at(path), what, instead: 'take "*" to say it again and "9" to opt out' });
    }
    return found;
  },
};
