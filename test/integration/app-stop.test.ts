/** Starting and stopping where things are missing; whole calls are in test/e2e. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createApp } from "#app.ts";
import { readSettings, settingKeys } from "#config.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), "hearback-app-"));
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const appWith = (different: Record<string, string> = {}) =>
  createApp(
    readSettings(settingKeys, {
      HEARBACK_DATABASE_URL: database.url,
      HEARBACK_DATA_KEY: "ab".repeat(32),
      HEARBACK_ARI_URL: "http://127.0.0.1:1", // nobody answers there
      HEARBACK_ARI_USER: "hearback",
      HEARBACK_ARI_PASSWORD: "secret",
      HEARBACK_STORY_FOLDER: join(folder, "stories"),
      HEARBACK_SOUNDS_FOLDER: join(folder, "sounds"),
      HEARBACK_SPEECH_ENGINE: "none",
      HEARBACK_LISTEN: "127.0.0.1:0",
      HEARBACK_LOG_LEVEL: "silent",
      ...different,
    }),
    { allowRough: false },
  );

const connections = async (): Promise<number> => {
  const { rows } = await database.pool.query(
    "select count(*)::int as count from pg_stat_activity where datname = current_database() and application_name = 'hearback'",
  );
  return rows[0].count;
};
const portOf = (server: Server): number => (server.address() as { port: number }).port;
const ending = (promise: Promise<unknown>) =>
  promise.then(
    () => "up",
    (thrown: { code?: string }) => thrown.code,
  );

it("can be stopped while it waits for Asterisk, and leaves nothing behind", async () => {
  let tries = 0;
  const asterisk = createServer((socket) => {
    tries += 1;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await expect.poll(() => asterisk.listening).toBe(true);
  const app = await appWith({ HEARBACK_ARI_URL: `http://127.0.0.1:${portOf(asterisk)}` });
  const started = ending(app.start());
  await expect.poll(() => tries, { timeout: 20_000 }).toBeGreaterThan(1);
  const began = performance.now();
  await Promise.all([app.stop(), app.stop()]);
  const stoppedMs = performance.now() - began;
  console.log(
    `stopped after ${Math.round(stoppedMs)} ms, while it waits for Asterisk, which it would for ever`,
  );
  expect(stoppedMs).toBeLessThan(20_000);
  expect(await started).toBe("ari_lost");
  asterisk.close();
  await expect.poll(connections).toBe(0);
});

it("can be stopped at once, and before it was started", async () => {
  const app = await appWith();
  const started = ending(app.start());
  await app.stop();
  expect(["stopped", "ari_lost"]).toContain(await started);
  const never = await appWith();
  await never.stop();
  await expect(never.start()).rejects.toMatchObject({ code: "stopped" });
  await expect.poll(connections).toBe(0);
});

it("tells why it cannot start, and stops all the same", async () => {
  const nowhere = await appWith({ HEARBACK_DATABASE_URL: "postgres://hearback:secret@127.0.0.1:1/none" });
  expect(await ending(nowhere.start())).toBe("database_unreachable");
  await nowhere.stop();
  const empty = await createTestDatabase({ empty: true });
  const behind = await appWith({ HEARBACK_DATABASE_URL: empty.url });
  expect(await ending(behind.start())).toBe("database_behind");
  await behind.stop();
  await empty.drop();
  const other = createServer().listen(0, "127.0.0.1");
  await expect.poll(() => other.listening).toBe(true);
  const taken = await appWith({ HEARBACK_LISTEN: `127.0.0.1:${portOf(other)}` });
  expect(await ending(taken.start())).toBe("listen_failed");
  await taken.stop();
  other.close();
  await expect.poll(connections).toBe(0);
});

it("refuses prompts and flows that are not there, naming the setting", async () => {
  await expect(appWith({ HEARBACK_PROMPT_FOLDER: folder })).rejects.toThrow(/HEARBACK_PROMPT_FOLDER/);
  await expect(appWith({ HEARBACK_FLOW_FOLDER: join(folder, "none") })).rejects.toThrow(
    /HEARBACK_FLOW_FOLDER/,
  );
});
