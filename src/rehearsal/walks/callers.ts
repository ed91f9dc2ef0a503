/** The callers of the flow tests, and those whom they become when they are spoken to in another language, or listen longer. */
import type { CallerAct } from "#walk/caller-act.ts";
import type { FlowScript } from "#walk/flow-test.ts";

export const spokenIn = ({ language = "en-GB" }: FlowScript): string => language;

/** The caller as the test has them, first; then the others. */
export const callersLike = (script: FlowScript, languages: readonly string[]): FlowScript[] =>
  [script, heardOut(script)].flatMap((caller) => [
    caller,
    ...languages
      .filter((language) => language !== spokenIn(script))
      .map((language) => ({ ...caller, name: `${caller.name}, in ${language}`, language })),
  ]);

/** Who presses nothing, and does not hang up, before all has been said. */
const heardOut = (script: FlowScript): FlowScript => ({
  ...script,
  name: `${script.name}, all heard out`,
  call: script.call.flatMap((act, i): CallerAct[] => {
    const next = script.call[i + 1];
    const heardOut = "hear" in act && next && ("press" in next || "hangUp" in next);
    return heardOut ? [act, { hearOut: true }] : [act];
  }),
});

const playable = new Set(["hear", "hearOut", "wait", "press", "talk", "hangUp"]);

/** A lost line is no caller's doing, a machine's beep is heard by chance, and nobody of the staff is there. */
export const canBePlayed = ({ call }: FlowScript): boolean =>
  call.every((act) => Object.keys(act).some((word) => playable.has(word)));
