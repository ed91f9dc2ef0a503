/** Puts a dialplan in force on one Asterisk, and back what was there before where it does not work. */
import { messageOf } from "#lib/errors.ts";
import type { DialplanFolder, DialplanTexts, LiveDialplan, Version } from "./ports.ts";

export interface Applying {
  folder: DialplanFolder;
  live: LiveDialplan;
  texts: DialplanTexts;
  /** As a scratch Asterisk has these files once it has loaded them; null for files that were in force before. */
  expected: readonly string[] | null;
  by: string;
  note: string;
  now(): Date;
  progress(line: string): void;
  /** The version that is to be put in force, before anything of it lies there; durable once it resolves. */
  intends?(version: number): Promise<void>;
}

export type Applied =
  | { kind: "applied"; number: number }
  /** These files are in force already. */
  | { kind: "same"; number: number | null }
  | { kind: "put-back"; number: number; because: string }
  /** What was there before does not work either: somebody has to look at once. */
  | { kind: "broken"; number: number | null; because: string };

/** @throws AppError `dialplan_busy`; nothing has been changed then */
export async function applyDialplan(applying: Applying): Promise<Applied> {
  const release = applying.folder.hold();
  try {
    return await apply(applying);
  } finally {
    release();
  }
}

async function apply(applying: Applying): Promise<Applied> {
  const { folder, live, texts, expected, by, note, now, progress, intends } = applying;
  const before = settled(folder, { by, now, progress });
  // Where another was tried since, and taken back, Asterisk may not have come back with it: it is asked to once more.
  const triedSince = folder.versions().some(({ number }) => number > (before.number ?? 0));
  if (sameTexts(before.texts, texts) && sameTexts(folder.current(), texts)) {
    const because = triedSince ? await inForce({ folder, live, progress }, texts, expected) : null;
    return because === null
      ? { kind: "same", number: before.number }
      : { kind: "broken", number: before.number, because };
  }
  const number = nextNumber(folder);
  const version: Version = {
    ...{ number, at: now().toISOString(), by, note },
    ...{ outcome: "going", because: null, before: before.number },
  };
  await intends?.(number);
  folder.keep(texts, version);
  progress(`version ${number}: writing the files`);
  const because = await inForce({ folder, live, progress }, texts, expected);
  if (because === null) {
    folder.keep(texts, { ...version, outcome: "applied" });
    return { kind: "applied", number };
  }
  progress(`it does not work: ${because}`);
  progress(`putting version ${before.number} back`);
  const worse = await inForce({ folder, live, progress }, before.texts, null);
  folder.keep(texts, { ...version, outcome: "refused", because });
  if (worse === null) return { kind: "put-back", number, because };
  return { kind: "broken", number, because: `${because}; and with what was there before: ${worse}` };
}

/** @returns why it does not work; null where it does */
async function inForce(
  { folder, live, progress }: Pick<Applying, "folder" | "live" | "progress">,
  texts: DialplanTexts,
  expected: readonly string[] | null,
): Promise<string | null> {
  try {
    folder.put(texts);
    await live.reload();
    const loaded = expected && (await live.loaded());
    const other =
      expected?.find((line) => !loaded!.includes(line)) ?? loaded?.find((line) => !expected!.includes(line));
    if (other !== undefined) return `Asterisk has loaded something else than the rehearsal's: ${other}`;
    if (expected) progress("Asterisk has loaded it, line by line");
    const problem = await live.callThrough();
    if (problem === null) progress("a call of nobody came through");
    return problem;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/** What is in force, kept as a version: also where somebody edited the files by hand, or an apply was broken off. */
function settled(
  folder: DialplanFolder,
  { by, now, progress }: Pick<Applying, "by" | "now" | "progress">,
): { number: number | null; texts: DialplanTexts } {
  const broken = folder.versions().findLast(({ outcome }) => outcome === "going");
  if (broken) {
    progress(`version ${broken.number} was broken off half-way: it is not in force`);
    const texts = folder.textsOf(broken.number);
    folder.keep(texts, { ...broken, outcome: "refused", because: "broken off half-way" });
    if (broken.before !== null) return { number: broken.before, texts: folder.textsOf(broken.before) };
  }
  const last = inForceNow(folder);
  const texts = folder.current();
  if (last && sameTexts(folder.textsOf(last.number), texts)) return { number: last.number, texts };
  const number = nextNumber(folder);
  const about = { number, at: now().toISOString(), by, note: "as it lay there", because: null };
  folder.keep(texts, { ...about, outcome: "found", before: last?.number ?? null });
  return { number, texts };
}

export const inForceNow = (folder: DialplanFolder): Version | undefined =>
  folder.versions().findLast(({ outcome }) => outcome === "applied" || outcome === "found");

const nextNumber = (folder: DialplanFolder): number =>
  Math.max(0, ...folder.versions().map(({ number }) => number)) + 1;

const sameTexts = (a: DialplanTexts, b: DialplanTexts): boolean =>
  a.size === b.size && [...a].every(([name, text]) => b.get(name) === text);
