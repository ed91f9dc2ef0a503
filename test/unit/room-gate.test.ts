import { expect, it } from "vitest";
import { silentLogger as logger } from "#lib/logger.ts";
import { createRoomGate } from "#room-gate.ts";

const settings = { storyFolder: "/stories", spoolFolder: "/spool", diskStopMb: 200 };

it("no call is begun without room for its story and its answers", async () => {
  const free: Record<string, number> = { "/stories": 5e9, "/spool": 5e9 };
  const gate = createRoomGate({ settings, logger, freeBytes: async (folder) => free[folder]! });
  const whyNot = async () => {
    await gate.look();
    return gate.notDialling();
  };
  expect(await whyNot()).toBeNull();
  free["/stories"] = 199e6;
  expect(await whyNot()).toBe("the disk for stories has less than 200 MB of room");
  free["/stories"] = 200e6;
  expect(await whyNot()).toBeNull();
  free["/spool"] = 0;
  expect(await whyNot()).toBe("the disk for the spool of answers has less than 200 MB of room");
});

it("no call is begun where the folder is gone", async () => {
  const gate = createRoomGate({ settings: { ...settings, storyFolder: "/nowhere/at/all" }, logger });
  await gate.look();
  expect(gate.notDialling()).toMatch(/the disk for stories cannot be read/);
});
