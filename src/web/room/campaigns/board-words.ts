/** What the board says of a visit, in words; nothing that changes with every second. */
import type { SpokenVoice } from "../ports.ts";
import { stepWords } from "../step-words.ts";
import type { Board } from "./board-hub.ts";
import type { BoardLine } from "./board-ports.ts";

export interface BoardRow {
  visitId: string;
  visitRef: string;
  number: string;
  /** For the tag beside the words. */
  state: "dialling" | "ringing" | "talking" | "recording" | "ended" | "next" | "promised";
  words: string;
  /** The question reached, in its own words; null outside calls. */
  question: string | null;
  minutes: number | null;
  at: Date | null;
}

export interface BoardShown {
  calling: BoardRow[];
  ended: BoardRow[];
  next: BoardRow[];
  counts: Record<"due" | "calling" | "done" | "held" | "withdrawn", number>;
}

interface Showing {
  trusts: readonly string[];
  voice: SpokenVoice;
  now: Date;
}

/** Of a campaign's board what is for those who coordinate these trusts. */
export function showBoard({ lines, counts }: Board, { trusts, voice, now }: Showing): BoardShown {
  const theirs = lines.filter(({ trust }) => trusts.includes(trust));
  const by = Object.groupBy(theirs, ({ place }) => place);
  const rows = (place: BoardLine["place"]) => (by[place] ?? []).map((line) => rowOf(line, voice, now));
  const all = { due: 0, calling: 0, done: 0, held: 0, withdrawn: 0 };
  for (const { trust, status, count } of counts) if (trusts.includes(trust)) all[status] += count;
  return { calling: rows("calling"), ended: rows("ended"), next: rows("next"), counts: all };
}

function rowOf(line: BoardLine, voice: SpokenVoice, now: Date): BoardRow {
  const { visitId, visitRef, number, answeredAt, flow, step } = line;
  const inCall = line.attempt === "live" && answeredAt !== null;
  return {
    ...{ visitId, visitRef, number, ...standing(line) },
    question: inCall && flow && step ? shortened(stepWords(voice, flow, step)) : null,
    minutes: inCall ? Math.max(0, Math.floor((now.getTime() - answeredAt.getTime()) / 60_000)) : null,
    at: line.place === "ended" ? line.endedAt : line.place === "next" ? line.notBefore : null,
  };
}

/** What there is room for on a line: whole words. */
const shortened = (text: string): string =>
  text.length <= 90 ? text : `${text.slice(0, 90).replace(/\s+\S*$/, "")} …`;

function standing(line: BoardLine): Pick<BoardRow, "state" | "words"> {
  if (line.place === "next")
    return line.promised
      ? { state: "promised", words: "Promised to the patient" }
      : { state: "next", words: "To be called" };
  if (line.place === "ended")
    return {
      state: "ended",
      words: line.attempt === "unknown" ? "Nobody can say yet how it ended" : sentence(line.disposition),
    };
  if (line.attempt === "live")
    return line.recording
      ? { state: "recording", words: "Telling their story" }
      : { state: "talking", words: "In the call" };
  return line.ringing
    ? { state: "ringing", words: "It rings" }
    : { state: "dialling", words: "Being dialled" };
}

const sentence = (word: string): string => {
  const plain = word.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
};
