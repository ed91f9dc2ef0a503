import type { CallerAct } from "../caller-act.ts";

/** What was typed, read: acts, or why it cannot be read. An empty line is silence. */
export type Turn = { kind: "acts"; acts: CallerAct[] } | { kind: "unreadable"; because: string };

export const turnHelp =
  'keys, such as 1 or 0770#; Enter: silence; "talk 5s" or "say FILE.wav": speak; h: hang up';

/** @param lengthOf milliseconds of a WAV file; throws where it is none */
export function readTurn(typed: string, lengthOf: (file: string) => number): Turn {
  const words = typed.trim();
  if (words === "") return { kind: "acts", acts: [] };
  if (/^h(?:ang ?up)?$/i.test(words)) return { kind: "acts", acts: [{ hangUp: true }] };
  if (/^[0-9*#]+$/.test(words))
    return { kind: "acts", acts: [words.length === 1 ? { press: words } : { press: words, gapMs: 300 }] };
  const talk = /^talk (\d+(?:\.\d+)?) ?s?$/.exec(words)?.[1];
  if (talk) return { kind: "acts", acts: [{ talk: Math.round(Number(talk) * 1000) }] };
  const file = /^say (.+)$/.exec(words)?.[1];
  if (!file) return { kind: "unreadable", because: `nobody can "${words}" here; ${turnHelp}` };
  try {
    return { kind: "acts", acts: [{ talk: Math.round(lengthOf(file)) }] };
  } catch (thrown) {
    const because = thrown instanceof Error ? thrown.message : String(thrown);
    return { kind: "unreadable", because: `${file} cannot be said: ${because}` };
  }
}
