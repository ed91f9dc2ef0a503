/** Words and when they were said, and how two versions of a text differ. Pure. */

/** As an engine gave it (transcript.words). */
export interface HeardWord {
  word: string;
  fromMs: number;
  toMs: number;
  /** 0 to 1; null where the engine gives none. */
  confidence: number | null;
}

export interface TimedWord {
  text: string;
  /** Null where nothing says when. */
  fromMs: number | null;
  toMs: number | null;
  /** The engine was unsure of it. */
  doubtful: boolean;
  /** A person's, not the engine's. */
  mended: boolean;
}

export interface Difference {
  kind: "same" | "gone" | "new";
  text: string;
}

/** Below it an engine's word is shown as doubtful. */
const doubtfulBelow = 0.5;
/** A table of more cells than this is not made: then all between the common ends counts as different. */
const mostCells = 4_000_000;

const wordsIn = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");
/** Capitals and punctuation do not change when a word was said. */
const plain = (word: string): string => {
  const bare = word
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}']/gu, "");
  return bare === "" ? word : bare;
};

/**
 * The words of `text` with the times of the heard ones that they are; a word that none was heard for lies evenly between
 * its neighbours.
 */
export function timed(heard: readonly HeardWord[], text: string): TimedWord[] {
  const words = wordsIn(text);
  const found = matches(
    heard.map(({ word }) => plain(word)),
    words.map(plain),
  );
  const result: TimedWord[] = words.map((word, i) => {
    const match = heard[found.get(i) ?? -1];
    if (!match) return { text: word, fromMs: null, toMs: null, doubtful: false, mended: true };
    const { fromMs, toMs, confidence } = match;
    return { text: word, fromMs, toMs, doubtful: (confidence ?? 1) < doubtfulBelow, mended: false };
  });
  return heard.length === 0 ? result : filledIn(result, heard.at(-1)!.toMs);
}

function filledIn(words: TimedWord[], endMs: number): TimedWord[] {
  for (let from = 0; from < words.length; from++) {
    if (words[from]!.fromMs !== null) continue;
    let to = from;
    while (to < words.length && words[to]!.fromMs === null) to += 1;
    const beginMs = words[from - 1]?.toMs ?? 0;
    const stepMs = (Math.max(beginMs, words[to]?.fromMs ?? endMs) - beginMs) / (to - from);
    for (let i = from; i < to; i++) {
      words[i]!.fromMs = Math.round(beginMs + (i - from) * stepMs);
      words[i]!.toMs = Math.round(beginMs + (i - from + 1) * stepMs);
    }
    from = to;
  }
  return words;
}

/** Word for word; neighbours of one kind are together, what is gone before what is new. */
export function differences(before: string, after: string): Difference[] {
  const [old, now] = [wordsIn(before), wordsIn(after)];
  const found = matches(old, now);
  const all: Difference[] = [];
  const add = (kind: Difference["kind"], words: string[]) => {
    if (words.length === 0) return;
    const last = all.at(-1);
    if (last?.kind === kind) last.text += ` ${words.join(" ")}`;
    else all.push({ kind, text: words.join(" ") });
  };
  let [oldAt, nowAt] = [0, 0];
  for (const [inNow, inOld] of [...found, [now.length, old.length] as const]) {
    add("gone", old.slice(oldAt, inOld));
    add("new", now.slice(nowAt, inNow));
    add("same", now.slice(inNow, inNow + 1));
    [oldAt, nowAt] = [inOld + 1, inNow + 1];
  }
  return all;
}

/** Which word of `b` is which of `a`, in both orders ascending: a longest common subsequence. */
function matches(a: readonly string[], b: readonly string[]): Map<number, number> {
  const found = new Map<number, number>();
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) {
    found.set(start, start);
    start += 1;
  }
  let same = 0;
  while (same < Math.min(a.length, b.length) - start && a.at(-1 - same) === b.at(-1 - same)) same += 1;
  const [middleA, middleB] = [a.slice(start, a.length - same), b.slice(start, b.length - same)];
  for (const [inB, inA] of common(middleA, middleB)) found.set(start + inB, start + inA);
  for (let i = same; i > 0; i--) found.set(b.length - i, a.length - i);
  return found;
}

function common(a: readonly string[], b: readonly string[]): [number, number][] {
  const width = b.length + 1;
  if (a.length * b.length > mostCells) return [];
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  const found: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) found.push([j++, i++]);
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i += 1;
    else j += 1;
  }
  return found;
}

/** Split where nobody spoke for so long, or after so many words: each begins with its time on the page. */
const pauseMs = 1_200;
const mostWords = 40;

export function phrases(words: readonly TimedWord[]): { fromMs: number | null; words: TimedWord[] }[] {
  const found: { fromMs: number | null; words: TimedWord[] }[] = [];
  for (const word of words) {
    const last = found.at(-1);
    const gap = (word.fromMs ?? 0) - (last?.words.at(-1)?.toMs ?? 0);
    if (!last || gap >= pauseMs || last.words.length >= mostWords)
      found.push({ fromMs: word.fromMs, words: [word] });
    else last.words.push(word);
  }
  return found;
}
