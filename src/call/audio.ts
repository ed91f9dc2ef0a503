import { parsePhoneNumberFromString } from "libphonenumber-js";
import type { PromptId } from "#flow/definition.ts";
import type { Spoken } from "#flow/state.ts";
import type { Audio } from "./line.ts";
import type { PromptBook } from "./prompt-book.ts";
import { sayTime } from "./say-time.ts";

/** A breath between the groups of a telephone number. */
const groupPauseMs = 300;

/** How things are said in a call just now. */
export interface Saying {
  now: Date;
  /** IANA, for times said aloud. */
  timeZone: string;
  book: PromptBook;
  /** BCP 47. */
  language: string;
}

/** Where nobody listens: each prompt is its own sound. For walks on paper. */
export const paperBook: PromptBook = {
  languages: [],
  soundOf: (prompt, language) => ({ name: prompt, language }),
};

/** Turns what is to be said into what can be played. A prompt without sound is left out; its book tells of it. */
export const audioOf = (say: Spoken[], { now, timeZone, book, language }: Saying): Audio[] =>
  say
    .flatMap((piece) => piecesOf(piece, now, timeZone))
    .flatMap((piece): Audio[] => {
      if (!("prompt" in piece)) return [piece];
      const sound = book.soundOf(piece.prompt, language);
      return sound ? [{ prompt: piece.prompt, sound: sound.name }] : [];
    });

type Piece = { prompt: PromptId } | { pauseMs: number } | { recording: string };

function piecesOf(piece: Spoken, now: Date, timeZone: string): Piece[] {
  if ("prompt" in piece || "pauseMs" in piece) return [piece];
  if ("recordings" in piece) return piece.recordings.map((recording) => ({ recording }));
  if ("phone" in piece) return phonePieces(piece.phone);
  if ("digits" in piece) return [...piece.digits].map((digit) => ({ prompt: `digit-${digit}` }));
  if (piece.afterSeconds !== undefined) return [{ prompt: `in-${piece.afterSeconds}-seconds` }];
  return sayTime(new Date(piece.time), now, timeZone).map((prompt) => ({ prompt }));
}

/** National form, digit by digit, with a breath where the written number has a space. */
function phonePieces(e164: string): Piece[] {
  const national = parsePhoneNumberFromString(e164)?.formatNational() ?? e164.replace("+", "");
  return [...national].flatMap((character): Piece[] => {
    if (/[0-9]/.test(character)) return [{ prompt: `digit-${character}` }];
    return character === " " ? [{ pauseMs: groupPauseMs }] : [];
  });
}
