import { describe, expect, it } from "vitest";
import type { App } from "#cli/ports.ts";
import { hearback } from "./run-command.ts";

const env = {
  HEARBACK_DATABASE_URL: "postgres://db/x",
  HEARBACK_DATA_KEY: "ab".repeat(32),
  HEARBACK_ARI_URL: "http://asterisk:8088",
  HEARBACK_ARI_USER: "hearback",
  HEARBACK_ARI_PASSWORD: "secret",
  HEARBACK_STORY_FOLDER: "/stories",
  HEARBACK_SOUNDS_FOLDER: "/sounds",
  HEARBACK_SPEECH_ENGINE: "none",
};

function fakeApp(failed: Promise<Error> = new Promise(() => {})) {
  const log: string[] = [];
  const app: App = {
    failed,
    start: async () => {
      log.push("start");
      return { address: "http://127.0.0.1:8080" };
    },
    stop: async ({ onWaiting }) => {
      onWaiting?.("waiting for 2 calls to end");
      log.push("stop");
    },
  };
  return { log, services: { createApp: async () => app } };
}

describe("hearback serve", () => {
  it("runs until it is told to stop, says what it waits for, and ends with 0", async () => {
    const { log, services } = fakeApp();
    const asked = new AbortController();
    const running = hearback(["serve"], { env, services, signal: asked.signal });
    await expect.poll(() => log).toEqual(["start"]);
    asked.abort();
    const { status, stderr } = await running;
    expect(status).toBe(0);
    expect(log).toEqual(["start", "stop"]);
    expect(stderr).toContain("Hearback is up at http://127.0.0.1:8080.");
    expect(stderr).toContain("waiting for 2 calls to end");
  });

  it("stops in order and ends with 1 when it cannot go on", async () => {
    const { log, services } = fakeApp(Promise.resolve(new Error("the disk is full")));
    const { status, stderr } = await hearback(["serve"], { env, services });
    expect(status).toBe(1);
    expect(stderr).toContain("the disk is full");
    expect(log).toEqual(["start", "stop"]);
  });

  it("refuses a rough engine unless told to accept it", async () => {
    const rough = { ...env, HEARBACK_SPEECH_ENGINE: "pocketsphinx", HEARBACK_POCKETSPHINX: "/opt" };
    const { log, services } = fakeApp(Promise.resolve(new Error("started after all")));
    const refused = await hearback(["serve"], { env: rough, services });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("--allow-rough");
    expect(log).toEqual([]);
    await hearback(["serve", "--allow-rough"], { env: rough, services });
    expect(log).toEqual(["start", "stop"]);
  });
});

describe("hearback call", () => {
  it.each([
    ["999", "emergency and short numbers are not rung"],
    ["0900 1234567", "premium-rate"],
    ["070 1234 5678", "personal numbers"],
    ["nobody", "no telephone number"],
  ])("does not ring %s", async (number, told) => {
    const { services, log } = fakeApp();
    const { status, stderr } = await hearback(["call", number, "--campaign", "x"], { env, services });
    expect(status).toBe(1);
    expect(stderr).toContain("Not rung: ");
    expect(stderr).toContain(told);
    expect(log).toEqual([]);
  });
});
