/** A recording's sound out of Asterisk: whole, or not at all. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AriConnection } from "#asterisk/ari-connection.ts";
import { createRecordingSpool } from "#asterisk/recording-spool.ts";
import { systemClock } from "#lib/clock.ts";
import { silentLogger } from "#lib/logger.ts";
import type { RecordingSpool } from "#recording/ports.ts";
import { FakeAri } from "./fake-ari.ts";

let fake: FakeAri;
let connection: AriConnection;
let spool: RecordingSpool;
const sound = Buffer.alloc(200_000, 0xd5);

beforeEach(async () => {
  fake = await FakeAri.start();
  fake.recordings.set("hb-a-1", sound);
  const access = { url: fake.url, user: "hearback", password: "secret", app: "hb-app" };
  connection = new AriConnection({ ...access, clock: systemClock, logger: silentLogger });
  spool = createRecordingSpool(connection);
  await connection.start();
});
afterEach(async () => {
  await connection.stop();
  await fake.stop();
});

it("is read in one request, byte by byte as it lies there", async () => {
  expect(await spool.read("hb-a-1")).toEqual(sound);
  expect(fake.sent("GET", /recordings/), "over the websocket").toEqual([]);
});

it("is null where there is none", async () => {
  expect(await spool.read("hb-a-2")).toBeNull();
});

it("is a fault where Asterisk has one", async () => {
  fake.onFile = (_, response) => {
    response.writeHead(500).end("{}");
    return true;
  };
  await expect(spool.read("hb-a-1")).rejects.toMatchObject({ code: "recording_unreadable" });
});

it("is a fault where it breaks off", async () => {
  fake.onFile = (_, response) => {
    response.writeHead(200, { "content-length": sound.length });
    response.write(sound.subarray(0, 1_000), () => response.destroy());
    return true;
  };
  await expect(spool.read("hb-a-1")).rejects.toMatchObject({ code: "ari_operation_failed" });
});

it("is asked for again where the connection was closed just as it was used again", async () => {
  await spool.read("hb-a-1");
  let closed = 0;
  fake.onFile = (request) => {
    if (closed > 0) return false;
    closed += 1;
    request.socket.destroy();
    return true;
  };
  expect(await spool.read("hb-a-1")).toEqual(sound);
  expect(closed).toBe(1);
});

it("is waited for no longer than it may take, and the request is given up then", async () => {
  let givenUp = false;
  fake.onFile = (request) => {
    request.socket.on("close", () => {
      givenUp = true;
    });
    return true;
  };
  await expect(connection.storedFile("hb-a-1", 100)).rejects.toMatchObject({ code: "ari_timeout" });
  await vi.waitFor(() => expect(givenUp).toBe(true));
});

it("is asked for by no name but ours, and of no Asterisk that is not connected", async () => {
  await expect(spool.read("../hb-a-1")).rejects.toMatchObject({ code: "bad_recording_name" });
  await connection.stop();
  await expect(spool.read("hb-a-1")).rejects.toMatchObject({ code: "ari_lost" });
});
