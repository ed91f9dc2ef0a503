/** Every route of the room, as every role: who may is let in, who may not is refused, nobody is sent to sign in. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { may, roles } from "#access/rights.ts";
import { newId } from "#lib/ids.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type TestRoom, testRoom } from "../support/room.ts";

let db: TestDatabase;
let room: TestRoom;
beforeAll(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool);
});
afterAll(async () => {
  await room.close();
  await db.drop();
});

/** Streams go on until they are left: what they refuse is tried in room-board.test.ts. */
const streams = /\/events$/;
const addressOf = (url: string): string =>
  url.replace(/:\w+(\.\w+)?/g, (_, end = "") => `${newId()}${end}`).replace("*", "room.css");

describe("every route", () => {
  it("is known here: there are many, and each names its right", () => {
    expect(room.web.roomRoutes.length).toBeGreaterThan(60);
    expect(room.web.roomRoutes.filter(({ right }) => !right)).toEqual([]);
  });

  it.each(roles)("lets %s in where it may, and nowhere else", async (role) => {
    const wrong: string[] = [];
    for (const { method, url, right } of room.web.roomRoutes) {
      if (streams.test(url)) continue;
      // Somebody else for each: what one does may be to sign out.
      const visitor = await room.visitor(role);
      const answer =
        method === "GET" ? await visitor.get(addressOf(url)) : await visitor.post(addressOf(url));
      const refused = answer.status === 403;
      if (refused === may(visitor.who, right)) wrong.push(`${method} ${url} (${right}): ${answer.status}`);
      if (answer.status >= 500) wrong.push(`${method} ${url} broke: ${answer.status}`);
    }
    expect(wrong).toEqual([]);
  });

  it("sends whoever is not signed in to sign in", async () => {
    const wrong: string[] = [];
    for (const { method, url, right } of room.web.roomRoutes) {
      if (right === "open" || streams.test(url)) continue;
      const { status, headers } =
        method === "GET" ? await room.nobody.get(addressOf(url)) : await room.nobody.post(addressOf(url));
      if (status !== 303 || !String(headers.location).startsWith("/sign-in?"))
        wrong.push(`${method} ${url}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });
});
