/** Which keys a text tells a caller to press. Only where that is certain: what is in doubt names none. */

interface Spoken {
  /** Before a key: "press 1". */
  verb: string;
  /** Before the verb: then it tells not to. */
  not: string;
  or: string;
  words: Readonly<Record<string, string>>;
}

const english: Spoken = {
  verb: "press",
  not: "(?:not|n't|never)",
  or: "or",
  words: {
    ...{ zero: "0", one: "1", two: "2", three: "3", four: "4", five: "5", six: "6", seven: "7", eight: "8" },
    ...{ nine: "9", star: "*", hash: "#" },
  },
};

const welsh: Spoken = {
  verb: "(?:pwyswch|gwasgwch)",
  not: "(?:peidiwch â)",
  or: "neu",
  words: {
    ...{ sero: "0", dim: "0", un: "1", dau: "2", dwy: "2", tri: "3", tair: "3", pedwar: "4", pump: "5" },
    ...{ chwech: "6", saith: "7", wyth: "8", naw: "9", seren: "*", hash: "#" },
  },
};

const spokenIn: Readonly<Record<string, Spoken>> = { en: english, cy: welsh };

export interface SpokenKeys {
  /** Told to be pressed. Hash is not among them: words about what comes later speak of it. */
  named: ReadonlySet<string>;
  /** Spoken of in any way. */
  mentioned: ReadonlySet<string>;
}

const everyKey = new Set([..."*#", ...Array.from({ length: 10 }, (_, digit) => String(digit))]);

const patterns = new Map<Spoken, { telling: RegExp; key: RegExp }>();

function patternsOf(spoken: Spoken): { telling: RegExp; key: RegExp } {
  const known = patterns.get(spoken);
  if (known) return known;
  const { verb, not, or, words } = spoken;
  const key = `(?:\\d|[*#]|${Object.keys(words).join("|")})(?![\\p{L}\\d]|\\s+of )`;
  const list = `${key}(?:\\s+${or}\\s+${key})*`;
  // More keys behind it are a number to be keyed: "press zero three, one two".
  const telling = new RegExp(`(?<!${not}\\s+)(?<!\\p{L})${verb}\\s+(${list})(?!\\s*,?\\s*${key})`, "giu");
  const made = { telling, key: new RegExp(`(?<!\\p{L})${key}`, "giu") };
  patterns.set(spoken, made);
  return made;
}

/** @param language its tag, such as cy-GB; of others than English and Welsh nothing is certain, and every key is mentioned */
export function keysIn(text: string, language: string): SpokenKeys {
  const spoken = spokenIn[language.split("-")[0] ?? ""];
  if (!spoken) return { named: new Set(), mentioned: everyKey };
  const { words } = spoken;
  const { telling, key } = patternsOf(spoken);
  const charOf = (word: string) => words[word.toLowerCase()] ?? word;
  const keysOf = (part: string) => [...part.matchAll(key)].map(([word]) => charOf(word));
  const named = [...text.matchAll(telling)].flatMap(([, keys]) => keysOf(keys ?? ""));
  return { named: new Set(named.filter((one) => one !== "#")), mentioned: new Set(keysOf(text)) };
}
