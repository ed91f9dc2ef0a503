import { parsePhoneNumberFromString } from "libphonenumber-js";
import type { PromptId } from "#flow/definition.ts";
import { grammarOf, sayClock, sayDate, sayNumber } from "#flow/grammar/grammar.ts";
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
  /** BCP 47: also whose rules numbers and dates are said by. */
  language: string;
}

/** Where nobody listens: each prompt is its own sound. For walks on paper. */
export const paperBook: PromptBook = {
  languages: [],
  soundOf: (prompt, language) => ({ name: prompt, language }),
};

/** Turns what is to be said into what can be played. A prompt without sound is left out; its book tells of it. */
export const audioOf = (say: Spoken[], saying: Saying): Audio[] =>
  say
    .flatMap((piece) => piecesOf(piece, saying))
    .flatMap((piece): Audio[] => {
      if (!("prompt" in piece)) return [piece];
      const sound = saying.book.soundOf(piece.prompt, piece.language ?? saying.language);
      return sound ? [{ prompt: piece.prompt, sound: sound.name }] : [];
    });

type Piece = { prompt: PromptId; language?: string } | { pauseMs: number } | { recording: string };

function piecesOf(piece: Spoken, { now, timeZone, language }: Saying): Piece[] {
  const grammar = grammarOf(language);
  const prompts = (ids: PromptId[]) => ids.map((prompt) => ({ prompt }));
  if ("prompt" in piece || "pauseMs" in piece) return [piece];
  if ("recordings" in piece) return piece.recordings.map((recording) => ({ recording }));
  if ("phone" in piece) return phonePieces(piece.phone);
  if ("digits" in piece) return prompts([...piece.digits].map((digit) => `digit-${digit}`));
  if ("number" in piece) return prompts(sayNumber(piece.number, grammar));
  if ("date" in piece) return prompts(sayDate(piece.date, piece, grammar));
  if ("clock" in piece) return prompts(sayClock(piece.clock, grammar));
  if (piece.afterSeconds !== undefined) return [{ prompt: `in-${piece.afterSeconds}-seconds` }];
  return prompts(sayTime(new Date(piece.time), now, timeZone));
}

/** National form, digit by digit, with a breath where the written number has a space. */
function phonePieces(e164: string): Piece[] {
  const national = parsePhoneNumberFromString(e164)?.formatNational() ?? e164.replace("+", "");
  return [...national].flatMap((character): Piece[] => {
    if (/[0-9]/.test(character)) return [{ prompt: `digit-${character}` }];
    return character === " " ? [{ pauseMs: groupPauseMs }] : [];
  });
}
