// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Asterisk's variables, not ours
/** Staff change the dialplan while somebody is on the line: mistakes never reach them, and nor does the change. */
import { cpSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findWithin } from "#lib/audio/correlation.ts";
import { readWav } from "#lib/audio/wav.ts";
import { auditRecords } from "#postgres/audit-log.ts";
import { dialplansInForce } from "#postgres/dialplans.ts";
import { nodesEnvironment, nodesOf } from "#rehearsal/node-settings.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { dialplanDigest } from "#release/dialplan-in-force.ts";
import { foldersBelow, readReleaseFolders } from "#storage/release-folders.ts";
import { type Bench, connectTo, listen, startBench } from "../integration/asterisk-bench.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { hearback } from "../unit/cli/run-command.ts";
import { before } from "../unit/dialplan/dialplan-files.ts";

let bench: Bench;
let database: TestDatabase;
let env: Record<string, string>;
/** What staff edit: a copy of the repository's folders. */
const mine = mkdtempSync(join(tmpdir(), "hearback-dialplan-"));

beforeAll(async () => {
  [bench, database] = await Promise.all([startBench(), createTestDatabase()]);
  cpSync(repositoryFile("dialplans"), join(mine, "dialplans"), { recursive: true });
  symlinkSync(repositoryFile("prompts"), join(mine, "prompts"));
  const nodes = nodesEnvironment(nodesOf([bench.ivr]), join(mine, "nodes.yaml"));
  env = { ...nodes, HEARBACK_DATABASE_URL: database.url };
});
afterAll(async () => {
  await Promise.all([bench?.stop(), database?.drop()]);
  rmSync(mine, { recursive: true, force: true });
});

const services = {
  releaseFolders: async (from: { folder: string } | object) => ({
    files: readReleaseFolders(foldersBelow("folder" in from ? from.folder : mine)),
    fileBehind: (path: string) => path,
  }),
};
const dialplan = (...args: string[]) => hearback(["dialplan", ...args], { env, services });
const withFolder = (...args: string[]) => dialplan(...args, "--folder", mine);
const hooks = (text: string) => writeFileSync(join(mine, "dialplans/asterisk/hooks.conf"), text);
const live = (name: string) => join(bench.ivr.dir, "etc", name);
const shown = (context: string) => bench.ivr.cli(`dialplan show ${context}`);

/** Another voice has 0.02; the rest is what a busy machine does to speech (0.99 on a quiet one). */
const sameVoice = 0.6;

/**
 * Somebody is on the line, and hears a voice all the while, and once more afterwards.
 * @param times five seconds each
 * @returns how alike what they heard at the end is to what we played
 */
async function hearingMeanwhile(times: number, work: () => Promise<unknown>): Promise<number> {
  const line = await bench.answered("120");
  const heardOut = async (id: string, pieces: number) => {
    const events = await listen(
      line,
      pieces * 6_000 + 20_000,
      (event) => event.kind === "play-finished" && event.id === id,
    );
    expect(events.at(-1)).toMatchObject({ kind: "play-finished", id, complete: true });
  };
  line.play("meanwhile", new Array(times).fill({ prompt: "long", sound: "long" }));
  await listen(line, 5_000, ({ kind }) => kind === "play-started");
  await work();
  await heardOut("meanwhile", times);
  line.play("afterwards", [{ prompt: "long", sound: "long" }]);
  await heardOut("afterwards", 1);
  line.hangUp();
  await listen(line, 5_000);
  const heard = readWav(readFileSync(join(bench.carrier.monitorDir, "heard.wav"))).samples;
  return findWithin(bench.prompts.long, heard.subarray(-12 * 8_000)).correlation;
}

it("refuses what is dangerous, with its line, and writes nothing", async () => {
  hooks(before(" same => n,System(id)"));
  const { status, stdout } = await withFolder("apply", "--note", "a mistake");
  expect(status).toBe(1);
  expect(stdout).toMatch(/hooks\.conf:3:12: fault: System starts programs/);
  expect(stdout).toContain("Nothing was changed.");
  expect(lstatSync(live("hooks.conf")).isSymbolicLink()).toBe(true);
});

it("refuses what Asterisk loads and calls do not survive", async () => {
  hooks(before(" same => n,GotoIfTime(*,*,*,*?shut)", " same => n,Return()", " same => n(shut),Hangup(21)"));
  const { status, stdout } = await withFolder("check");
  expect(stdout).toMatch(/Hearback is away: should be "hears the apology.*", was "is turned away/);
  expect(status).toBe(1);
});

it("puts a good change in force under a live call, and takes it back, with no effect on it", async () => {
  hooks(before(" same => n,Set(CDR(accountcode)=northfield)"));
  const changes = await withFolder("diff");
  expect(changes.stdout).toContain("3+  same => n,Set(CDR(accountcode)=northfield)");
  const applied = await withFolder("apply", "--note", "an account for the bill", "--by", "t.elephone");
  expect(applied.stdout).toContain("5 of 5 golden calls went as they should.");
  expect(applied.stdout).toContain("asterisk: version 2 is in force");
  expect(applied.status).toBe(0);
  expect(await shown("before-inbound")).toContain("Set(CDR(accountcode)=northfield)");
  expect((await withFolder("diff")).stdout).toContain("nothing would change");

  // The same again to and fro while somebody listens: each takes files, reload, and a call of nobody.
  const alike = await hearingMeanwhile(1, async () => {
    for (const to of ["1", "2", "1", "2"]) {
      const { status, stdout } = await dialplan("rollback", "--to", to);
      expect(stdout).toMatch(/version \d+ is in force/);
      expect(status).toBe(0);
    }
  });
  expect(alike).toBeGreaterThan(sameVoice);
  expect(await shown("before-inbound")).toContain("northfield");
});

it("gives whoever rings us to Hearback, and the call of nobody to nobody", async () => {
  const { connection, telephone } = connectTo(bench.ivr, "hearback");
  const coming = Promise.withResolvers<string>();
  const came: string[] = [];
  telephone.onIncoming((call) => {
    came.push(call.from);
    call.engaged();
    coming.resolve(call.to);
  });
  await connection.start();
  expect((await dialplan("rollback", "--to", "1")).status).toBe(0);
  expect(came).toEqual([]);
  await bench.carrier.ring("patient-1");
  expect(await coming.promise).toBe("+441632960000");
  expect(came).toEqual(["+447700900081"]);
  telephone.close();
  await connection.stop();
});

it("puts back by itself what passes every check and fails on the live Asterisk, under a live call", async () => {
  // Somebody has unloaded a module there that modules.conf names: no file shows it.
  await bench.ivr.cli("module unload func_strings.so");
  hooks(
    before(
      ' same => n,GotoIf($["${LEN(four)}" = "4"]?fine)',
      " same => n,Hangup(21)",
      " same => n(fine),NoOp()",
    ),
  );
  const earlier = readFileSync(live("hooks.conf"), "utf8");
  let outcome = { status: 0 as number, stdout: "" };
  const alike = await hearingMeanwhile(4, async () => {
    outcome = await withFolder("apply", "--note", "four is four");
  });
  expect(outcome.stdout).toContain("5 of 5 golden calls");
  expect(outcome.stdout).toMatch(
    /did not work, and what was there before is in force again: a call .* was cut off/,
  );
  expect(outcome.status).toBe(1);
  expect(alike).toBeGreaterThan(sameVoice);
  expect(readFileSync(live("hooks.conf"), "utf8")).toBe(earlier);
  expect(await shown("before-inbound")).not.toContain("LEN(four)");
  await bench.ivr.cli("module load func_strings.so");
});

it("tells all of it afterwards, in the history and in the audit", async () => {
  const { stdout } = await dialplan("history");
  const rows = stdout.split("\n");
  expect(rows[0]).toMatch(/asterisk 1 .*as it lay there \(found\)/);
  expect(rows[1]).toMatch(/asterisk 2 .*t\.elephone: an account for the bill \(applied\)/);
  expect(stdout).toMatch(/four is four \(refused: a call through the dialplan was cut off/);
  const [left] = await dialplansInForce(database.pool);
  const files = ["extensions.conf", "hooks.conf"].map((name): [string, Uint8Array] => [
    `asterisk/${name}`,
    readFileSync(live(name)),
  ]);
  expect(left).toMatchObject({ node: "asterisk", works: true, digest: dialplanDigest(new Map(files)) });
  expect(stdout).toMatch(new RegExp(`asterisk ${left!.version} .*\\((applied|found)\\)`));
  const told = await Array.fromAsync(auditRecords(database.pool, {}));
  const kinds = told.map(({ action, details }) => `${action} ${details.outcome}`);
  expect(kinds.slice(0, 2)).toEqual(["dialplan-apply going", "dialplan-apply applied"]);
  expect(kinds.at(-1)).toBe("dialplan-apply put-back");
  expect(kinds.filter((kind) => kind === "dialplan-put-back applied")).toHaveLength(5);
});
