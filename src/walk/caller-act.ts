/** What a scripted caller does; times in milliseconds. */
export type CallerAct =
  | { hear: string } // until this prompt begins
  | { hearOut: true } // until all that was being said has been said
  | { wait: number }
  | { press: string; gapMs?: number | undefined }
  | { talk: number }
  | { beep: true }
  /** The person whom they are put through to answers; or hangs up. */
  | { staff: "answers" | "hangs-up" }
  | { hangUp: true }
  | { lose: true };

/** In a few words, for whoever reads what a script did or did not come to. */
export function tellAct(act: CallerAct): string {
  if ("hear" in act) return `hears "${act.hear}"`;
  if ("hearOut" in act) return "hears all out";
  if ("wait" in act) return `waits ${seconds(act.wait)}`;
  if ("press" in act) return `presses ${act.press}`;
  if ("talk" in act) return `talks for ${seconds(act.talk)}`;
  if ("staff" in act)
    return act.staff === "answers" ? "is answered by staff" : "is left by staff, who hang up";
  if ("beep" in act) return "is an answering machine that beeps";
  return "hangUp" in act ? "hangs up" : "loses the line";
}

const seconds = (ms: number): string => `${ms / 1000} s`;
