import { parsePhoneNumberFromString } from "libphonenumber-js";
import type { Spoken } from "#flow/state.ts";
import type { Audio } from "./line.ts";
import { sayTime } from "./say-time.ts";

/** A breath between the groups of a telephone number. */
const groupPauseMs = 300;

/** Turns what is to be said into what can be played. `timeZone`: IANA, for times said aloud. */
export function audioOf(say: Spoken[], now: Date, timeZone: string): Audio[] {
  return say.flatMap((piece): Audio[] => {
    if ("prompt" in piece || "pauseMs" in piece) return [piece];
    if ("recordings" in piece) return piece.recordings.map((recording) => ({ recording }));
    if ("phone" in piece) return phoneAudio(piece.phone);
    if ("digits" in piece) return [...piece.digits].map((digit) => ({ prompt: `digit-${digit}` }));
    if (piece.afterSeconds !== undefined) return [{ prompt: `in-${piece.afterSeconds}-seconds` }];
    return sayTime(new Date(piece.time), now, timeZone).map((prompt) => ({ prompt }));
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
