import { parsePhoneNumberFromString } from "libphonenumber-js";
import type { PromptId } from "#flow/definition.ts";
import { grammarOf, sayClock, sayDate, sayNumber } from "#flow/grammar/grammar.ts";
import type { Spoken } from "#flow/state.ts";
import type { Audio } from "./line.ts";
import { sayTime } from "./say-time.ts";

/** A breath between the groups of a telephone number. */
const groupPauseMs = 300;

export interface Place {
  now: Date;
  /** IANA, for times said aloud. */
  timeZone: string;
  /** BCP 47: whose rules numbers and dates are said by. */
  language: string;
}

/** Turns what is to be said into what can be played. */
export function audioOf(say: Spoken[], { now, timeZone, language }: Place): Audio[] {
  const grammar = grammarOf(language);
  const prompts = (ids: PromptId[]) => ids.map((prompt) => ({ prompt }));
  return say.flatMap((piece): Audio[] => {
    if ("prompt" in piece || "pauseMs" in piece) return [piece];
    if ("recordings" in piece) return piece.recordings.map((recording) => ({ recording }));
    if ("phone" in piece) return phoneAudio(piece.phone);
    if ("digits" in piece) return prompts([...piece.digits].map((digit) => `digit-${digit}`));
    if ("number" in piece) return prompts(sayNumber(piece.number, grammar));
    if ("date" in piece) return prompts(sayDate(piece.date, piece, grammar));
    if ("clock" in piece) return prompts(sayClock(piece.clock, grammar));
    if (piece.afterSeconds !== undefined) return [{ prompt: `in-${piece.afterSeconds}-seconds` }];
    return prompts(sayTime(new Date(piece.time), now, timeZone));
  });
}

/** National form, digit by digit, with a breath where the written number has a space. */
function phoneAudio(e164: string): Audio[] {
  const national = parsePhoneNumberFromString(e164)?.formatNational() ?? e164.replace("+", "");
  return [...national].flatMap((character): Audio[] => {
    if (/[0-9]/.test(character)) return [{ prompt: `digit-${character}` }];
    return character === " " ? [{ pauseMs: groupPauseMs }] : [];
  });
}
