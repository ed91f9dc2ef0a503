import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AnswerSpool, Spooled } from "#call/spool.ts";
import { newId } from "#lib/ids.ts";
import { silentLogger } from "#lib/logger.ts";
import { createAnswerSpool } from "#storage/answer-spool.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { flowState } from "../../support/survey.ts";

const ciphers = createCiphers(Buffer.alloc(32, 7));
let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "hearback-spool-")), "spool");
});
const opened: AnswerSpool[] = [];
afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close();
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

async function spoolOf(owner: string, different = {}): Promise<AnswerSpool> {
  const spool = await createAnswerSpool({ folder, owner, ciphers, logger: silentLogger, ...different });
  opened.push(spool);
  return spool;
}
const everybodyIsGone = async () => true;

const press = (sequence: number): Spooled => ({
  id: newId(),
  at: new Date("2026-11-23T10:00:00Z"),
  write: {
    kind: "keep",
    step: {
      ...{ callId: "call", sequence, effects: [{ kind: "callback", at: "2026-11-24T10:00:00Z" }] },
      key: { digit: "9", step: "question", pressedAt: new Date("2026-11-23T09:59:59Z") },
      state: flowState({ callback: { at: "2026-11-24T10:00:00Z" } }),
    },
  },
});
const files = () => readdirSync(folder).sort();

describe("the spool of answers", () => {
  it("gives back, after a crash, what was appended, in its order", async () => {
    const spool = await spoolOf("app-a");
    const writes = Array.from({ length: 50 }, (_, n) => press(n));
    await Promise.all(writes.map((each) => spool.append(each)));
    const [left] = await (await spoolOf("app-b")).leftBehind(everybodyIsGone);
    expect(left).toMatchObject({ owner: "app-a", writes });
    await left!.clear({ refused: false });
    expect(files()).toEqual([]);
  });

  it("is for nobody else to read, and encrypted", async () => {
    const spool = await spoolOf("app-a");
    expect(files(), "nothing is written before the first answer").toEqual([]);
    await spool.append(press(1));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "app-a.1.spool")).mode & 0o777).toBe(0o600);
    const text = Buffer.from(readFileSync(join(folder, "app-a.1.spool"), "latin1"), "base64").toString(
      "latin1",
    );
    expect(text).not.toMatch(/question|digit|keep/);
  });

  it("is gone once all is in the database, or set aside where something was refused", async () => {
    const spool = await spoolOf("app-a");
    await spool.append(press(1));
    await spool.clear({ refused: false });
    expect(files()).toEqual([]);
    await spool.append(press(2));
    await spool.clear({ refused: true });
    expect(files()).toEqual(["app-a.2.spool.set-aside"]);
    expect(await (await spoolOf("app-b")).leftBehind(everybodyIsGone)).toEqual([]);
  });

  it("of ourselves and of the living is left alone", async () => {
    const spool = await spoolOf("app-a");
    await spool.append(press(1));
    expect(await spool.leftBehind(everybodyIsGone)).toEqual([]);
    expect(await (await spoolOf("app-b")).leftBehind(async () => false)).toEqual([]);
  });

  it("loses nothing before a torn end, which was never acknowledged", async () => {
    const spool = await spoolOf("app-a");
    const writes = [press(1), press(2)];
    for (const each of writes) await spool.append(each);
    const path = join(folder, "app-a.1.spool");
    await spool.append(press(3));
    truncateSync(path, statSync(path).size - 40);
    const [left] = await (await spoolOf("app-b")).leftBehind(everybodyIsGone);
    expect(left!.writes).toEqual(writes);
    await left!.clear({ refused: false });
    expect(files()).toEqual([]);
  });

  it("skips a line that nobody can read, and sets the file aside for people", async () => {
    const spool = await spoolOf("app-a");
    await spool.append(press(1));
    appendFileSync(join(folder, "app-a.1.spool"), "not of ours\n");
    const [left] = await (await spoolOf("app-b")).leftBehind(everybodyIsGone);
    expect(left!.writes).toHaveLength(1);
    await left!.clear({ refused: false });
    expect(files()).toEqual(["app-a.1.spool.set-aside"]);
  });

  it("is not deleted where it has grown since it was read", async () => {
    const spool = await spoolOf("app-a");
    await spool.append(press(1));
    const [left] = await (await spoolOf("app-b")).leftBehind(everybodyIsGone);
    await spool.append(press(2));
    await left!.clear({ refused: false });
    expect(files()).toEqual(["app-a.1.spool"]);
  });

  it("that two find at once is put away once, and disturbs neither", async () => {
    await (await spoolOf("app-a")).append(press(1));
    const [one, other] = await Promise.all(
      ["app-b", "app-c"].map(async (name) => (await spoolOf(name)).leftBehind(everybodyIsGone)),
    );
    await one![0]!.clear({ refused: false });
    await other![0]!.clear({ refused: true });
    expect(files()).toEqual([]);
  });

  it("that its owner, who lives after all, sees set aside is written to no more", async () => {
    const spool = await spoolOf("app-a");
    await spool.append(press(1));
    const [left] = await (await spoolOf("app-b")).leftBehind(everybodyIsGone);
    await left!.clear({ refused: true });
    await spool.append(press(2));
    expect(files()).toEqual(["app-a.1.spool.set-aside", "app-a.2.spool"]);
  });

  it("begins a new file where somebody took us for dead and removed ours", async () => {
    const spool = await spoolOf("app-a");
    await spool.append(press(1));
    rmSync(join(folder, "app-a.1.spool"));
    await Promise.all([2, 3].map((n) => spool.append(press(n))));
    const [left] = await (await spoolOf("app-b")).leftBehind(everybodyIsGone);
    expect(left!.writes).toHaveLength(2);
    await spool.clear({ refused: false });
    expect(files()).toEqual([]);
  });

  it("that another wrote is read by the same data key only", async () => {
    await (await spoolOf("app-a")).append(press(1));
    const other = await spoolOf("app-b", { ciphers: createCiphers(Buffer.alloc(32, 8)) });
    const [left] = await other.leftBehind(everybodyIsGone);
    expect(left!.writes).toEqual([]);
    await left!.clear({ refused: false });
    expect(files()).toEqual(["app-a.1.spool.set-aside"]);
  });
});
