import type { YamlSource } from "#lib/yaml-source.ts";
import type { MenuStep } from "../../definition.ts";
import { answersUsedBy } from "../../pieces.ts";
import type { AnswerValue } from "../../state.ts";
import type { Checked, Found, Rule } from "../rule.ts";

const mostChoices = 6;

export const tooManyChoices: Rule = {
  name: "too-many-choices",
  about: "More than six choices: nobody remembers the first when the last is said.",
  find: ({ flow, source }) =>
    Object.entries(flow.steps).flatMap(([name, step]) => {
      const choices = "choices" in step ? step.choices : 0;
      const count = typeof choices === "number" ? choices : choices.length;
      if (count <= mostChoices) return [];
      const path = ["steps", name, "choices", ...(typeof choices === "number" ? [] : [mostChoices])];
      const what = `"${name}" has ${count} choices, more than ${mostChoices}`;
      return [{ at: source.at(path), what, instead: "take some out, or put them into a second menu" }];
    }),
};

export const answerNotKept: Rule = {
  name: "answer-not-kept",
  about: "A question is asked whose answer nothing keeps.",
  find: (checked) =>
    Object.entries(checked.flow.steps).flatMap(([name, step]) => {
      if (step.kind === "menu")
        return [...valuesLost(name, step, checked), ...sameTwice(name, step, checked)];
      if (step.kind !== "digits" || step.keep || isUsed(step.answer, name, checked)) return [];
      const at = checked.source.at(["steps", name, "answer"]);
      const what = `what is keyed as "${step.answer}" is used nowhere`;
      return [{ at, what, instead: `write keep: true, use it (of: ${step.answer}), or do not ask for it` }];
    }),
};

function valuesLost(name: string, { choices, answer }: MenuStep, { source }: Checked): Found[] {
  const first = choices.findIndex(({ value }) => value !== undefined);
  if (answer === undefined && first >= 0) {
    const what = `the choices of "${name}" have values, and nothing keeps them`;
    const at = source.at(["steps", name, "choices", first, "value"], "key");
    return [{ at, what, instead: "add answer: and the name to keep them under, or take the values out" }];
  }
  if (answer !== undefined && first < 0) {
    const what = `"${name}" is to keep "${answer}", and no choice has a value for it`;
    return [{ at: source.at(["steps", name, "answer"]), what, instead: "give each choice its value" }];
  }
  return answer === undefined ? [] : answersWithoutValue(name, choices, source);
}

/** A key beside the answers may lead elsewhere, or settle something; one that goes on where they do is an answer. */
function answersWithoutValue(name: string, choices: MenuStep["choices"], source: YamlSource): Found[] {
  const whereAnswersGo = new Set(choices.flatMap(({ value, next }) => (value === undefined ? [] : next)));
  return choices.flatMap(({ key, value, mark, next }, i) => {
    if (value !== undefined || mark !== undefined || !whereAnswersGo.has(next)) return [];
    const what = `key ${key} of "${name}" goes on as an answer does, and has no value to keep`;
    return [{ at: source.at(["steps", name, "choices", i]), what, instead: "give it its value" }];
  });
}

/** Two keys that differ in nothing but what is said of them. */
function sameTwice(name: string, { choices }: MenuStep, { source }: Checked): Found[] {
  const doing = choices.map(({ key, say, label, ...rest }) => JSON.stringify(rest));
  return choices.flatMap(({ key }, i) => {
    const before = doing.indexOf(doing[i]!);
    if (before === i) return [];
    const what = `keys ${choices[before]!.key} and ${key} of "${name}" do the same, so that nothing keeps which it was`;
    const instead = "give each a value (and the menu answer:), or another next, or take one out";
    return [{ at: source.at(["steps", name, "choices", i, "key"]), what, instead }];
  });
}

/** Outside the step that asks for it, which says it back. */
function isUsed(answer: string, by: string, { flow }: Checked): boolean {
  return Object.entries(flow.steps).some(
    ([name, step]) => name !== by && answersUsedBy(step).includes(answer),
  );
}

const types: Record<string, { fits(value: AnswerValue): boolean; instead: string }> = {
  rating: { fits: (value) => typeof value === "number", instead: "write a number from 1 to 6" },
  shareConsent: { fits: (value) => typeof value === "boolean", instead: "write true or false" },
};

/** Two answers have columns of their own, which take no other kind of value. */
export const answerType: Rule = {
  name: "answer-type",
  about: "A rating is a number, shareConsent is true or false.",
  find: ({ flow, source }) =>
    Object.entries(flow.steps).flatMap(([name, step]) => {
      const type = "answer" in step && step.answer ? types[step.answer] : undefined;
      if (step.kind === "set" && type && !type.fits(step.value)) {
        const what = `${String(step.value)} is no value for "${step.answer}"`;
        return [{ at: source.at(["steps", name, "value"]), what, instead: type.instead }];
      }
      if (step.kind !== "menu" || !type) return [];
      return step.choices.flatMap(({ value }, i) => {
        if (value === undefined || type.fits(value)) return [];
        const what = `${String(value)} is no value for "${step.answer}"`;
        return [{ at: source.at(["steps", name, "choices", i, "value"]), what, instead: type.instead }];
      });
    }),
};

export const saysNothing: Rule = {
  name: "says-nothing",
  about: "A question without words: the caller hears nothing.",
  find: ({ flow, source }) =>
    Object.entries(flow.steps).flatMap(([name, step]) => {
      if (!["menu", "record", "digits", "opt-out"].includes(step.kind) || !("say" in step)) return [];
      const spoken = step.say.some((piece) => typeof piece === "string" || !("pauseMs" in piece));
      if (spoken) return [];
      const what = `"${name}" says nothing, and the caller would hear silence`;
      return [{ at: source.at(["steps", name, "say"]), what, instead: "name a prompt in say" }];
    }),
};
