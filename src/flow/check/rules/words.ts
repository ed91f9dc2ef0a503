import type { Path } from "#lib/yaml-source.ts";
import type { Flow, MenuStep, Piece } from "../../definition.ts";
import { languagesOf } from "../languages.ts";
import { manifestFile, type PromptFacts } from "../prompt-facts.ts";
import type { Checked, Found, Rule } from "../rule.ts";
import { keysIn } from "../spoken-keys.ts";

/** What a menu says in one language, prompt by prompt; values are no words that could name a key. */
interface SaidWords {
  id: string;
  words: string;
  /** In which those are. */
  language: string;
  path: Path;
  /** Of the choice that it is said with. */
  choice: string | null;
}

export const menuWords: Rule = {
  name: "menu-words",
  about:
    "The words of a menu tell a caller to press a key that does nothing there, or leave one of its keys out.",
  find: (checked) => {
    const { flow, prompts } = checked;
    if (!prompts) return [];
    return Object.entries(flow.steps).flatMap(([name, step]) =>
      step.kind === "menu" && !clashes(flow, step)
        ? languagesOf(flow, prompts).flatMap((language) =>
            inLanguage(name, step, language, { ...checked, prompts }),
          )
        : [],
    );
  },
};

type Known = Checked & { prompts: PromptFacts };

function inLanguage(
  name: string,
  step: MenuStep,
  language: string,
  { flow, source, prompts }: Known,
): Found[] {
  const said = saidBy(["steps", name], step, language, prompts);
  const keys = said.map((one) => ({ ...one, ...keysIn(one.words, one.language) }));
  const acting = actingIn(flow, step);
  const wrong = keys.flatMap(({ id, named, path, choice }): Found[] =>
    [...named]
      .filter((key) => (choice === null ? !acting.includes(key) : isOthers(key, choice, flow)))
      .map((key) => wrongKey({ id, key, at: source.at(path), acting: choice ? [choice] : acting })),
  );
  const told = keys.flatMap(({ named }) => [...named]);
  const mentioned = new Set(keys.flatMap((one) => [...one.mentioned]));
  // Words that name none of its keys are said elsewhere perhaps; those that name some are its list.
  const isList = step.choices.some(({ key }) => told.includes(key));
  const untold = isList ? step.choices.filter(({ key }) => !mentioned.has(key)) : [];
  return [
    ...wrong,
    ...untold.map(({ key }) => ({
      at: source.at([
        "steps",
        name,
        "choices",
        step.choices.findIndex((choice) => choice.key === key),
        "key",
      ]),
      level: "warning" as const,
      what: `the words of "${name}" in ${language} name other keys, and never key ${key}`,
      instead: `say what key ${key} does, in ${manifestFile}, or take the choice out`,
    })),
  ];
}

function saidBy(at: Path, step: MenuStep, language: string, prompts: PromptFacts): SaidWords[] {
  const one = (piece: Piece | undefined, path: Path, choice: string | null = null): SaidWords[] => {
    const said = wordsSaid(piece, language);
    const words = said && prompts.wordsOf(said.id, said.language);
    return said && words ? [{ ...said, words, path: [...at, ...path], choice }] : [];
  };
  return [
    ...step.say.flatMap((piece, i) => one(piece, ["say", i])),
    ...step.choices.flatMap(({ say, key }, i) => one(say, ["choices", i, "say"], key)),
    ...step.sayAfter.flatMap((piece, i) => one(piece, ["sayAfter", i])),
  ];
}

/** An offer of another language is made in that language. */
function wordsSaid(piece: Piece | undefined, language: string): Pick<SaidWords, "id" | "language"> | null {
  if (typeof piece === "string") return { id: piece, language };
  return piece && "offer" in piece ? { id: piece.offer, language: piece.language } : null;
}

/** Which of two meanings a key has is to be settled first. */
function clashes(flow: Flow, step: MenuStep): boolean {
  const keys = actingIn(flow, step);
  return new Set(keys).size < keys.length;
}

const everywhereIn = ({ everywhere: { repeat, optOut } }: Flow) => [repeat, optOut.key];
const actingIn = (flow: Flow, { choices }: MenuStep) => [
  ...choices.map(({ key }) => key),
  ...everywhereIn(flow),
];

/** What is said with one choice tells of that one's key. */
const isOthers = (key: string, choice: string, flow: Flow): boolean =>
  key !== choice && !everywhereIn(flow).includes(key);

interface WrongKey {
  id: string;
  key: string;
  at: Found["at"];
  /** The keys that would do something. */
  acting: string[];
}

const wrongKey = ({ id, key, at, acting }: WrongKey): Found => ({
  at,
  what: `the words of "${id}" tell callers to press ${key}, which ${acting.length === 1 ? "is another choice's key" : "does nothing here"}`,
  instead: `say ${acting.join(", ")} in ${manifestFile}, or let the key be ${key}`,
});
