import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFlows } from "#walk/test-flows.ts";
import { filesWith } from "../../support/shipped-flows.ts";
import { wavOf } from "../../support/wavs.ts";
import { hearback } from "../cli/run-command.ts";

const folder = mkdtempSync(join(tmpdir(), "hb-try-"));
const attempt = (typed: string, ...more: string[]) => hearback(["try", "fft", ...more], { typed });

describe("hearback try", () => {
  it("tells the words of each step, and takes keys from a pipe", async () => {
    const { status, stdout } = await attempt("1\n4\n1\n#\n");
    expect(status).toBe(0);
    expect(stdout).toMatch(/ 0:00 {2}greeting\n +Hello\.\n +This is an automated call from\n/);
    expect(stdout).toMatch(/question\n +Overall, how was your experience of our service\?/);
    expect(stdout).toMatch(/You said:\n +poor\./);
    expect(stdout).toMatch(/: completed\.\n {2}rating: 4\n$/);
  });

  it("skips silence and tells how long it is; the end of the pipe hangs up", async () => {
    const { stdout } = await attempt("1\n\n");
    expect(stdout).toContain("(6.0 s of silence)");
    expect(stdout.match(/Overall, how was/g)).toHaveLength(2);
    expect(stdout).toMatch(/: hung_up\.\n$/);
  });

  it("says why it was rung, and what cannot be done", async () => {
    const { stdout } = await attempt("shout\n3\n", "--reason", "callback");
    expect(stdout).toContain("You asked us to call you back.");
    expect(stdout).toContain('nobody can "shout" here');
    expect(stdout).toMatch(/: declined\.\n$/);
    expect((await attempt("", "--reason", "fun")).status).toBe(2);
  });

  it("takes speech from a file as a telephone or a recorder made it", async () => {
    const file = join(folder, "speech.wav");
    const channel = new Float32Array(3 * 44_100);
    writeFileSync(file, wavOf({ code: 1, bits: 16, sampleRate: 44_100, channels: [channel, channel] }));
    const { stdout } = await attempt(`1\n1\n1\nsay ${file}\n#\n1\n1\n`);
    expect(stdout).not.toContain("cannot be said");
    expect(stdout).toMatch(/: completed\./);
    expect((await attempt(`1\nHang up\n`)).stdout).toMatch(/: hung_up\./);
  });

  it("records a walk as a test that passes, and leaves the rest of the file as it is", async () => {
    const file = join(folder, "fft.test.yaml");
    const before = readFileSync("dialplans/flows/fft.test.yaml", "utf8");
    writeFileSync(file, before);
    const typed = "1\n\n5\n1\ntalk 4s\n#\n2\n1\n1\n";
    const { status, stderr } = await attempt(`${typed}Hears it: "again"\n`, "--record", file);
    expect(stderr).toContain("Recorded as");
    expect(status).toBe(0);
    const after = readFileSync(file, "utf8");
    const [first = "", second = ""] = after.split(/ {2}- name: "Hears it: .*\n(?: {4}.*\n)+/);
    expect(first + second).toBe(before);
    const results = await testFlows(filesWith({ "flows/fft.test.yaml": after }));
    const fft = results.find(({ flow }) => flow === "fft")!;
    expect(fft.faults).toEqual([]);
    expect(fft.scripts.find(({ name }) => name === 'Hears it: "again"')).toMatchObject({ passed: true });
  });

  it("begins a test file where there is none", async () => {
    const file = join(folder, "new.test.yaml");
    await attempt("3\n", "--record", file, "--name", "declines");
    await attempt("4\n", "--record", file, "--name", "somebody else");
    const results = await testFlows(filesWith({ "flows/fft.test.yaml": readFileSync(file, "utf8") }));
    const { faults, scripts } = results.find(({ flow }) => flow === "fft")!;
    expect(faults).toEqual([]);
    expect(scripts.map(({ name, passed }) => [name, passed])).toEqual([
      ["declines", true],
      ["somebody else", true],
    ]);
  });
});
