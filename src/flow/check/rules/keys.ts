import type { Rule } from "../rule.ts";

export const keyClash: Rule = {
  name: "key-clash",
  about: "One key would do two things.",
  find: ({ flow, source }) => {
    const { repeat, optOut } = flow.everywhere;
    const everywhere = new Map([
      [repeat, "says it again everywhere"],
      [optOut.key, "opts out everywhere"],
    ]);
    return Object.entries(flow.steps).flatMap(([name, step]) => {
      if (step.kind === "callback" && step.choices >= Number(optOut.key) && optOut.key !== "0") {
        const what = `the times of "${name}" take keys 1 to ${step.choices}, and ${optOut.key} opts out everywhere`;
        const instead = `offer fewer than ${optOut.key}`;
        return [{ at: source.at(["steps", name, "choices"]), what, instead }];
      }
      if (step.kind !== "menu") return [];
      const seen = new Set<string>();
      return step.choices.flatMap(({ key }, i) => {
        const doing = everywhere.get(key) ?? (seen.has(key) ? "is a choice of this menu already" : null);
        seen.add(key);
        if (doing === null) return [];
        const free = [..."123456780"].find((other) => {
          return !everywhere.has(other) && !step.choices.some((choice) => choice.key === other);
        });
        const what = `key ${key} cannot be a choice here: it ${doing}`;
        const at = source.at(["steps", name, "choices", i, "key"]);
        return [{ at, what, instead: free ? `take a free one, such as "${free}"` : "take a choice out" }];
      });
    });
  },
};

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
