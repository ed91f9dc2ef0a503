/**
 * Two prompts recorded by telephone, through a real Asterisk: one is read from the terminal, as its words are new, and
 * said again; both are kept, and can be undone.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { services } from "#cli/services.ts";
import { readWav } from "#lib/audio/wav.ts";
import { nodesOf } from "#rehearsal/node-settings.ts";
import { hearback } from "../unit/cli/run-command.ts";
import { type Bench, startBench } from "./asterisk-bench.ts";

let bench: Bench;
let folder: string;
beforeAll(async () => {
  bench = await startBench();
  folder = mkdtempSync(join(tmpdir(), "hearback-prompts-"));
  cpSync("prompts", folder, { recursive: true });
}, 120_000);
afterAll(async () => {
  await bench?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const prompts = (...args: string[]) =>
  hearback(["prompts", ...args], {
    env: { HEARBACK_PROMPT_FOLDER: folder, ...environment() },
    services: { ringStudio: services.ringStudio },
  });

function environment(): Record<string, string> {
  const [node] = nodesOf([bench.ivr]);
  return {
    ...{ HEARBACK_ARI_URL: node!.ariUrl, HEARBACK_ARI_USER: node!.ariUser, HEARBACK_TRUNK: node!.trunk },
    ...{ HEARBACK_ARI_PASSWORD: node!.ariPassword, HEARBACK_SOUNDS_FOLDER: node!.soundsFolder },
  };
}

/** Of the middle of a tone, by its crossings of nought; the speaker says a tone of its own each time. */
function hertzOf(file: string): number {
  const { samples } = readWav(readFileSync(file));
  const loud = (sample: number) => Math.abs(sample) > 1000;
  const middle = Math.round((samples.findIndex(loud) + samples.findLastIndex(loud)) / 2);
  const part = samples.slice(middle - 400, middle + 400);
  return part.filter((sample, i) => i > 0 && sample < 0 !== part[i - 1]! < 0).length / 2 / 0.1;
}

it("keeps what the speaker kept, and what was there can be put back", async () => {
  const before = readFileSync(join(folder, "en-GB/goodbye.wav"));
  const manifest = join(folder, "manifest.yaml");
  const changed = readFileSync(manifest, "utf8").replace(
    /(goodbye:\s*\{? *en-GB: )"[^"]*"/,
    '$1"Goodbye then."',
  );
  writeFileSync(manifest, changed);
  const numbers = ["--to", "01632 960140", "--caller-number", "01632 960999"];
  const ran = await prompts("record", ...numbers, "goodbye", "hello");
  expect(ran).toMatchObject({ status: 0, stdout: "goodbye: said again\ngoodbye: kept\nhello: kept\n" });
  expect(ran.stderr).toMatch(
    /^Ringing •+40 for 2 prompts in en-GB\.\ngoodbye, not played.*: "Goodbye then\."\nhello: ".+"\n2 of 2 are recorded\.\n$/,
  );
  const [goodbye, hello] = ["goodbye", "hello"].map((id) => hertzOf(join(folder, `en-GB/${id}.wav`)));
  // the first take of goodbye was at 440
  expect(Math.abs(goodbye! - 850)).toBeLessThan(20);
  expect(Math.abs(hello! - 1400)).toBeLessThan(20);
  expect((await prompts("status", "--language", "en-GB")).stdout).toMatch(/^goodbye +recorded$/m);
  await prompts("restore", "goodbye");
  expect(readFileSync(join(folder, "en-GB/goodbye.wav"))).toEqual(before);
}, 120_000);

it("says so where nobody answers, or the number is not one to ring", async () => {
  const from = ["--caller-number", "01632 960999", "hello"];
  expect(await prompts("record", "--to", "01632 960101", ...from)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("Nobody answered"),
  });
  expect((await prompts("record", "--to", "999", ...from)).status).toBe(1);
}, 60_000);
