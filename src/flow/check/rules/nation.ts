import type { Flow, MenuStep } from "../../definition.ts";
import { answers, lockedPrompts, lockedWords, question } from "../nation.ts";
import type { PromptFacts } from "../prompt-facts.ts";
import type { Checked, Found, Rule } from "../rule.ts";

const fixed = "NHS England fixed it";

/** The flow `fft`, and any step that keeps a rating, asks what the nation asks, with its keys and codes. */
export const lockedQuestion: Rule = {
  name: "locked-question",
  about: "The question of the FFT, its labels, keys and codes are not as the nation fixed them.",
  find: (checked) => {
    const { flow, source } = checked;
    const asked = Object.entries(flow.steps).filter(([, step]) => asksForRating(step));
    if (flow.flow === "fft" && asked.length === 0) {
      const what = `no step asks for the rating: the flow fft is the nation's question, and ${fixed}`;
      return [{ at: source.at(["steps"], "key"), what, instead: `put back the menu that says ${question}` }];
    }
    return asked.flatMap(([name, step]) =>
      step.kind === "menu" ? faultsOfQuestion(name, step, checked) : [notAMenu(name, checked)],
    );
  },
};

/** A menu that says the question is that question, whatever it keeps. */
function asksForRating(step: Flow["steps"][string]): boolean {
  if ("answer" in step && step.answer === "rating") return true;
  return step.kind === "menu" && step.say.includes(question);
}

const notAMenu = (name: string, { source }: Checked): Found => ({
  at: source.at(["steps", name, "answer"]),
  what: `"${name}" is to keep a rating, and only the nation's question gives one`,
  instead: "keep it under another name",
});

function faultsOfQuestion(name: string, step: MenuStep, { source }: Checked): Found[] {
  const found = (field: (string | number)[], what: string, instead: string): Found[] => [
    {
      at: source.at(["steps", name, ...field], field[0] === "answer" ? "key" : "value"),
      what: `${what}; ${fixed}`,
      instead,
    },
  ];
  const said = step.say.filter((piece) => typeof piece !== "object" || !("pauseMs" in piece));
  return [
    ...(said.length === 1 && said[0] === question
      ? []
      : found(["say"], `"${name}" says something else than the question`, `write say: [${question}]`)),
    ...(step.answer === "rating"
      ? []
      : found(["answer"], `"${name}" asks the question and keeps no rating`, "write answer: rating")),
    ...(step.choices.length === answers.length
      ? []
      : found(["choices"], `"${name}" has ${step.choices.length} answers, not six`, "put all six back")),
    ...step.choices.slice(0, answers.length).flatMap((choice, i) => {
      const { code, label, say } = answers[i]!;
      const wanted = { key: String(code), value: code, label, say };
      return (Object.keys(wanted) as (keyof typeof wanted)[]).flatMap((field) => {
        if (choice[field] === wanted[field]) return [];
        const is = choice[field] === undefined ? "nothing" : String(choice[field]);
        const what = `the ${field} of answer ${code} is ${is}, not ${wanted[field]}`;
        const shown = field === "key" ? `"${wanted.key}"` : wanted[field];
        return found(["choices", i, field], what, `write ${field}: ${shown}`);
      });
    }),
  ];
}

/** Of all flows together: the words themselves, where the manifest has them otherwise. */
export function changedWords(prompts: PromptFacts): Found[] {
  return Object.entries(lockedWords).flatMap(([language, words]) =>
    [...lockedPrompts].flatMap((id) => {
      const is = prompts.wordsOf(id, language);
      const wanted = words[id];
      if (is === null || wanted === undefined || plain(is) === plain(wanted)) return [];
      const what = `the words of "${id}" are not the nation's; ${fixed}`;
      return [{ at: prompts.wordsAt(id, language), what, instead: `write "${wanted}"` }];
    }),
  );
}

/** Typographic apostrophes and line ends are no change of words. */
const plain = (words: string): string => words.replaceAll("\u2019", "'").replace(/\s+/g, " ").trim();
