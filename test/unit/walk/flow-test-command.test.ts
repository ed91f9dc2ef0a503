import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hearback } from "../cli/run-command.ts";

describe("hearback flow test", () => {
  it("passes what we ship, with a line for each flow", async () => {
    const { status, stdout } = await hearback(["flow", "test", "fft", "ring-back"]);
    expect(stdout).toMatch(/^✓ fft {2}\d+ calls, 65 of 66 branches, 1 that cannot happen$/m);
    expect(stdout).toMatch(/\n2 flows, \d+ calls: all \d+ passed, every branch walked\n$/);
    expect(status).toBe(0);
  });

  it("fails with the file, the line and the branch, as text and as JSON", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hb-flow-test-"));
    cpSync("dialplans/flows", join(folder, "flows"), { recursive: true });
    cpSync("prompts", join(folder, "prompts"), { recursive: true });
    const file = join(folder, "flows/fft.test.yaml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("disposition: declined, effects: [declined]", "disposition: hung_up"));
    const flow = join(folder, "flows/fft.yaml");
    writeFileSync(flow, readFileSync(flow, "utf8").replace("silence: consent", "silence: thanks"));

    const { status, stdout } = await hearback(["flow", "test", "fft", "--folder", folder]);
    expect(status).toBe(1);
    const line = text.slice(0, text.indexOf("- name: declines")).split("\n").length;
    expect(stdout).toContain(`✗ declines  (${file}:${line})`);
    expect(stdout).toMatch(/expected: disposition hung_up\n +but: +declined/);

    const json = JSON.parse((await hearback(["flow", "test", "--folder", folder, "--json"])).stdout);
    expect(json.passed).toBe(false);
    expect(json.flows.find((result: { flow: string }) => result.flow === "fft")).toMatchObject({
      file,
      passed: false,
    });
  });

  it("names the flow that was meant", async () => {
    const { status, stderr } = await hearback(["flow", "test", "ftt"]);
    expect(stderr).toContain('there is no flow "ftt" without faults; did you mean fft?');
    expect(status).toBe(2);
  });
});
