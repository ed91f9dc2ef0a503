/**
 * The spool of answers: files on this machine, a line each write, encrypted with the data key, since ratings and wishes
 * are patients' own. `<owner>.<number>.spool`, our user's only.
 */
import { copyFile, mkdir, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AnswerSpool, type LeftBehind, readSpooled, type Spooled } from "#call/spool.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import type { Ciphers } from "./ciphers.ts";
import { LineFile, syncFolder } from "./line-file.ts";

export interface AnswerSpoolOptions {
  /** Made if need be. On a disk of this machine that survives a restart. */
  folder: string;
  /** A name that no other process has ever used. */
  owner: string;
  ciphers: Pick<Ciphers, "encrypt" | "decrypt">;
  logger: Logger;
}

const SPOOL = /^([\w-]+)\.(\d+)\.spool$/;
/** What the database refused, or nobody can read, is a person's to look at. */
const SET_ASIDE = ".set-aside";
const KIND = "spool";

/** Errors are those of the disk. Nothing is written before the first append. */
export async function createAnswerSpool(options: AnswerSpoolOptions): Promise<AnswerSpool> {
  const { folder, owner, ciphers } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let number = 0;
  const next = () => new LineFile(join(folder, `${owner}.${++number}.spool`));
  /** Those that were taken from us, until they are closed. */
  const full: LineFile[] = [];
  let file = next();
  const append = async (line: string) => {
    const now = file;
    try {
      await now.append(line);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "ESTALE") throw thrown;
      // Somebody took us for dead and has replayed the file: a new one, and this line into it.
      if (file === now) {
        full.push(now);
        file = next();
      }
      await file.append(line);
    }
  };
  return {
    append: (spooled) => append(ciphers.encrypt(KIND, JSON.stringify(spooled)).toString("base64")),
    clear: async ({ refused }) => {
      const done = [...full.splice(0), file];
      file = next();
      for (const each of done) {
        await each.close();
        await putAway(each.path, refused);
      }
      await syncFolder(folder);
    },
    close: async () => void (await Promise.all([...full, file].map((each) => each.close()))),
    leftBehind: (isGone) => leftBehind(options, isGone),
  };
}

async function leftBehind(
  { folder, owner, ciphers, logger }: AnswerSpoolOptions,
  isGone: (owner: string) => Promise<boolean>,
): Promise<LeftBehind[]> {
  const found: LeftBehind[] = [];
  for (const name of await inOrder(folder)) {
    const of = SPOOL.exec(name)?.[1] ?? "";
    if (of === owner || !(await isGone(of))) continue;
    const path = join(folder, name);
    const bytes = await readFile(path).catch(unlessGone);
    if (bytes === null) continue;
    const { writes, unreadable } = readLines(bytes.toString("latin1"), ciphers, (line, problem) =>
      logger.error({ file: name, line, problem }, "a line of the spool cannot be read"),
    );
    const clear = ({ refused }: { refused: boolean }) =>
      takeAway(path, { read: bytes.length, setAside: refused || unreadable > 0 });
    found.push({ owner: of, writes, clear });
  }
  return found;
}

/** Oldest first: by age, and the files of one owner by their number. */
async function inOrder(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => SPOOL.test(name));
  const aged = await Promise.all(
    names.map(async (name) => ({
      name,
      bornMs: (await stat(join(folder, name)).catch(unlessGone))?.birthtimeMs,
    })),
  );
  const numberOf = (name: string) => Number(SPOOL.exec(name)?.[2]);
  return aged
    .flatMap(({ name, bornMs }) => (bornMs === undefined ? [] : [{ name, bornMs }]))
    .toSorted((a, b) => a.bornMs - b.bornMs || numberOf(a.name) - numberOf(b.name))
    .map(({ name }) => name);
}

/** What stands behind the last line end was never acknowledged: a crash in the middle of writing it. */
function readLines(
  text: string,
  ciphers: Pick<Ciphers, "decrypt">,
  onUnreadable: (line: number, problem: string) => void,
): { writes: Spooled[]; unreadable: number } {
  const lines = text.split("\n");
  const torn = lines.pop() ?? "";
  const writes: Spooled[] = [];
  let unreadable = 0;
  for (const [at, line] of lines.entries()) {
    try {
      writes.push(readSpooled(ciphers.decrypt(KIND, Buffer.from(line, "base64"))));
    } catch (thrown) {
      unreadable += 1;
      onUnreadable(at + 1, messageOf(thrown));
    }
  }
  if (torn !== "") onUnreadable(lines.length + 1, "it was not written to its end");
  return { writes, unreadable };
}

/** Another process, or its owner, has put the file away meanwhile. */
function unlessGone(thrown: NodeJS.ErrnoException): null {
  if (thrown.code !== "ENOENT") throw thrown;
  return null;
}

/**
 * The file of one that we take for dead, and that may live: what it appends after this it notices (line-file.ts), and
 * what it appended since we read it is left for the next round.
 */
async function takeAway(
  path: string,
  { read, setAside }: { read: number; setAside: boolean },
): Promise<void> {
  const file = await open(path, "r").catch(unlessGone);
  if (file === null) return;
  try {
    if ((await file.stat()).size > read) return;
    await putAway(path, setAside);
    await syncFolder(dirname(path));
    const tail = Buffer.alloc((await file.stat()).size - read);
    await file.read(tail, 0, tail.length, read);
    if (tail.length > 0)
      await writeFile(path.replace(/\d+\.spool$/, "0$&"), tail, { mode: 0o600, flush: true });
  } finally {
    await file.close();
  }
}

/** Never by another name: its owner would go on writing where nobody reads. */
async function putAway(path: string, refused: boolean): Promise<void> {
  if (refused && (await copyFile(path, `${path}${SET_ASIDE}`).catch(unlessGone)) === null) return;
  await rm(path, { force: true });
}
