import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRoom } from "#postgres/room.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type TestRoom, testRoom } from "../support/room.ts";
import { toldStory } from "../support/told-story.ts";

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

describe("the pages", () => {
  it("send whoever is not signed in to sign in, and back again", async () => {
    const { status, headers } = await room.nobody.get("/?sort=newest");
    expect([status, headers.location]).toEqual([303, "/sign-in?next=%2F%3Fsort%3Dnewest"]);
  });

  it("run nothing but our own, and are kept by no cache", async () => {
    const { headers } = await room.nobody.get("/no-such-page");
    const policy = String(headers["content-security-policy"]);
    expect(policy).toMatch(/script-src 'self' 'nonce-[\w+/=]+'/);
    expect(policy).not.toContain("unsafe");
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["strict-transport-security"]).toContain("max-age");
  });

  it("say what there is not, and what next", async () => {
    const { status, text } = await (await room.visitor("clinician")).get("/no-such-page");
    expect(status).toBe(404);
    expect(text).toContain("There is no such page");
  });

  it("take no form that another page made", async () => {
    const { status, text } = await (await room.visitor("clinician")).post("/sign-out", { _csrf: "made up" });
    expect(status).toBe(403);
    expect(text).toContain("This form is out of date");
  });

  it("ask no other host for styles, fonts or scripts, and show no NHS logo", async () => {
    const { text } = await room.nobody.get("/no-such-page");
    expect([...text.matchAll(/(?:src|href)="(https?:[^"]+)"/g)]).toEqual([]);
    const css = await room.nobody.get("/assets/nhsuk.css");
    expect(css.text).not.toMatch(/https?:\/\//);
    expect(text).not.toContain("nhsuk-header__logo");
  });
});

describe("the role hearback_room", () => {
  it("meets the stories of its user's places, and no others", async () => {
    const { storyId } = await toldStory(db.pool);
    const seen = async (...grants: Parameters<TestRoom["visitor"]>) => {
      const { who } = await room.visitor(...grants);
      return inRoom(db.pool, who.userId, async (tx) => {
        const found = await tx.query("select story_id from story_card where story_id = $1", [storyId]);
        const sound = await tx.query("select id from story where id = $1", [storyId]);
        return [found.rowCount, sound.rowCount];
      });
    };
    expect(await seen("clinician")).toEqual([1, 1]);
    expect(await seen("coordinator")).toEqual([1, 1]);
    expect(await seen("telecoms")).toEqual([0, 0]);
    expect(await seen("governance")).toEqual([0, 0]);
    expect(await seen([{ trust: "RYY" }])).toEqual([0, 0]);
    expect(await seen([{ ward: "Elsewhere" }])).toEqual([0, 0]);
    expect(await seen([])).toEqual([0, 0]);
  });

  it("sees nothing that says who somebody is", async () => {
    const { who } = await room.visitor("coordinator");
    for (const sql of [
      "select phone_enc from visit",
      "select phone_hmac from attempt",
      "select * from opt_out",
    ])
      await expect(inRoom(db.pool, who.userId, (tx) => tx.query(sql))).rejects.toThrow("permission denied");
  });
});
