/** "Call me now" on the draft's page, up to the row that whoever serves makes a call of. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createStaffCallBook } from "#postgres/staff-call-book.ts";
import { createStaffCallDesk } from "#postgres/staff-call-desk.ts";
import { inTransaction } from "#postgres/transaction.ts";
import { hashOf } from "#release/files.ts";
import { staffCallLimits } from "#release/staff-call.ts";
import { sessionCookie } from "#web/room/who.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { sam, shippedFiles, uncheckedDesk } from "../support/releases.ts";
import { type TestRoom, testRoom, type Visitor } from "../support/room.ts";
import { ciphers } from "../support/survey.ts";

const staffNumbers = [
  { phone: "+447700900123", label: "Telecoms desk" },
  { phone: "+441632960124", label: null },
];

let db: TestDatabase;
let room: TestRoom;
let telecoms: Visitor;
beforeEach(async () => {
  db = await createTestDatabase();
  room = await testRoom(db.pool, { staffNumbers });
  telecoms = await room.visitor("telecoms", "Terry Example");
});
afterEach(async () => {
  await room.close();
  await db.drop();
});

const said = (html: string) => html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
const numbersIn = (html: string): string[] =>
  [...html.matchAll(/<option value="([0-9a-f]{16})"/g)].map(([, id]) => id!);
const asked = { flow: "fft", language: "en-GB" };
const rowsOf = async () =>
  (await db.pool.query("select * from housekeeping.staff_call order by asked_at")).rows;
const call = async (form: Record<string, string>) => telecoms.post("/releases/draft/call", form);
/** As whoever serves it would write. */
const over = (id: string) =>
  db.pool.query(
    "update housekeeping.staff_call set state = 'ended', ended_at = now(), fields = null, files = null where id = $1",
    [id],
  );

describe("call me now", () => {
  it("offers the listed telephones by label or last digits, and no digit more", async () => {
    const { status, text } = await telecoms.get("/releases/draft");
    expect(status).toBe(200);
    expect(numbersIn(text)).toHaveLength(2);
    expect(said(text)).toContain("Telecoms desk");
    expect(said(text)).toContain("•••• 124");
    expect(text).not.toMatch(/7700900123|1632960124/);
    // What flows speak of can be made up.
    expect(text).toContain('name="field-appointment"');
  });

  it("writes down what is to be said as it stands at that instant, and who asked", async () => {
    const [number = ""] = numbersIn((await telecoms.get("/releases/draft")).text);
    const desk = uncheckedDesk(db.pool);
    const hello = "prompts/en-GB/hello.wav";
    const there = (await desk.file("draft", hello))!;
    const other = (await desk.file("draft", "prompts/en-GB/welcome.wav"))!;
    await desk.saveFile({ path: hello, bytes: other, expectedHash: hashOf(there) }, sam);
    const { digest } = await desk.draft();
    const appointment = { flow: "appointment", language: "en-GB", "field-appointment": "3/12/2026 10:30" };
    const { status, headers } = await call({ ...appointment, number });
    expect([status, String(headers.location)]).toEqual([303, expect.stringMatching(/^\/releases\/calls\//)]);
    await desk.saveFile({ path: hello, bytes: there, expectedHash: hashOf(other) }, sam);
    const [row] = await rowsOf();
    expect(row).toMatchObject({ state: "asked", place: "draft", digest, shown: "Telecoms desk" });
    expect(row.fields).toEqual({ appointment: "3/12/2026 10:30" });
    expect(row.files[hello]).toBe(hashOf(other));
    // Whoever serves finds every byte of it.
    const { rows } = await db.pool.query(
      "select count(*)::int as count from housekeeping.release_content where sha256 = any($1)",
      [[...new Set(Object.values(row.files))]],
    );
    expect(rows[0].count).toBe(new Set(Object.values(row.files)).size);
    const page = await telecoms.get(String(headers.location));
    expect(said(page.text)).toContain("Waiting for a line");
    expect(said(page.text)).toContain("asked for by Terry Example");
    const { rows: audit } = await db.pool.query(
      "select action, who_name, details from housekeeping.audit_entry where action like 'staff-call%'",
    );
    expect(audit).toEqual([
      {
        action: "staff-call",
        who_name: "Terry Example",
        details: { path: "flows/appointment.yaml", version: "draft", label: "Telecoms desk" },
      },
    ]);
  });

  it("rings no number but those listed, no language that is not spoken, no flow at fault", async () => {
    const [number = ""] = numbersIn((await telecoms.get("/releases/draft")).text);
    const path = "flows/fft.yaml";
    const refusedFor = async (form: Record<string, string>) => {
      const { status, text } = await call(form);
      return [status, /id="call-me-fault"[^>]*>(.*?)<\/p>/s.exec(text)?.[1]?.replace(/<[^>]+>/g, "") ?? ""];
    };
    expect(await refusedFor({ ...asked, number: "0123456789abcdef" })).toEqual([
      409,
      expect.stringContaining("not among those of HEARBACK_STAFF_NUMBERS"),
    ]);
    expect(await refusedFor({ ...asked, number: "+447700900999" })).toEqual([409, expect.any(String)]);
    expect(await refusedFor({ ...asked, number: "" })).toEqual([
      400,
      expect.stringContaining("Choose a telephone"),
    ]);
    expect((await refusedFor({ ...asked, number, language: "fr-FR" }))[1]).toContain(
      "no prompt is spoken in fr-FR",
    );
    expect((await refusedFor({ ...asked, number, flow: "nothing" }))[1]).toContain("no flow nothing");
    expect((await refusedFor({ ...asked, number, "field-ward": "4" }))[1]).toContain("knows no field ward");
    const desk = uncheckedDesk(db.pool);
    const there = (await desk.file("draft", path))!;
    const broken = new TextDecoder().decode(there).replace(/next: welcome/, "next: nowhere");
    await desk.saveFile({ path, bytes: new TextEncoder().encode(broken), expectedHash: hashOf(there) }, sam);
    expect((await refusedFor({ ...asked, number }))[1]).toMatch(
      /the flow fft has a fault in line \d+: .*nowhere/,
    );
    await db.pool.query(
      "insert into housekeeping.dialling (stopped_at, stopped_by, because) values (now(), 'Ann', 'a wrong list')",
    );
    expect((await refusedFor({ ...asked, number }))[1]).toContain("all dialling stands still, by Ann");
    expect(await rowsOf()).toEqual([]);
  });

  it("rings one telephone once at a time, and not without end", async () => {
    const [one = "", two = ""] = numbersIn((await telecoms.get("/releases/draft")).text);
    expect((await call({ ...asked, number: one })).status).toBe(303);
    const twice = await call({ ...asked, number: one });
    expect([twice.status, said(twice.text)]).toEqual([409, expect.stringContaining("is being rung already")]);
    expect((await call({ ...asked, number: two })).status).toBe(303);
    for (const { id } of await rowsOf()) await over(id);
    const desk = createStaffCallDesk({
      ...{ folders: shippedFiles, ciphers, numbers: staffNumbers },
      within: (work) => inTransaction(db.pool, work),
    });
    for (let times = 1; times < staffCallLimits.perNumber; times += 1) {
      const again = await desk.ask({ ...asked, number: one, place: "draft", fields: {} }, sam);
      if (again.kind === "refused") throw new Error(again.because);
      await over(again.id);
    }
    const often = await desk.ask({ ...asked, number: one, place: "draft", fields: {} }, sam);
    expect(often).toEqual({
      kind: "refused",
      because: expect.stringContaining("12 times within 10 minutes"),
    });
  });

  it("is ended by whoever wants it over, once; and is never made long after it was asked for", async () => {
    const [number = "", other = ""] = numbersIn((await telecoms.get("/releases/draft")).text);
    const { headers } = await call({ ...asked, number });
    const ended = await telecoms.post(`${headers.location}/end`);
    expect([ended.status, ended.headers.location]).toEqual([303, headers.location]);
    await telecoms.post(`${headers.location}/end`);
    const { rows } = await db.pool.query(
      "select count(*)::int as count from housekeeping.audit_entry where action = 'staff-call-end'",
    );
    expect(rows[0].count).toBe(1);
    expect(said((await telecoms.get(`${headers.location}/live`)).text)).toContain("It is being ended.");
    const second = await call({ ...asked, number: other });
    const book = createStaffCallBook(db.pool, "app-a");
    expect((await book.open()).map(({ standing, endAsked }) => [standing, endAsked])).toEqual([
      ["waiting", true],
      ["waiting", false],
    ]);
    await db.pool.query("update housekeeping.staff_call set asked_at = asked_at - interval '31 s'");
    expect((await book.open()).map(({ standing }) => standing)).toEqual(["too-late", "too-late"]);
    expect(said((await telecoms.get(String(second.headers.location))).text)).toContain("No Hearback took it");
    expect((await call({ ...asked, number: other })).status).toBe(303);
  });

  it("is for telecoms staff alone, in the database too", async () => {
    const coordinator = await room.visitor("coordinator");
    const [number = ""] = numbersIn((await telecoms.get("/releases/draft")).text);
    expect((await coordinator.post("/releases/draft/call", { ...asked, number })).status).toBe(403);
    const { headers } = await call({ ...asked, number });
    for (const url of [headers.location, `${headers.location}/live`])
      expect((await coordinator.get(String(url))).status).toBe(403);
    // Another site's form comes with the cookie, and without a token of ours.
    const forged = await room.web.inject({
      ...{ method: "POST", url: `${headers.location}/end`, cookies: { [sessionCookie]: telecoms.secret } },
    });
    expect(forged.statusCode).toBe(403);
    expect((await rowsOf())[0].end_asked_at).toBeNull();
  });
});

describe("whoever serves", () => {
  const alive = (owner: string) =>
    db.pool.query(
      "insert into housekeeping.instance (owner, app, alive_until) values ($1, $1, now() + interval '1 hour')",
      [owner],
    );
  const askFor = async () => {
    const [number = ""] = numbersIn((await telecoms.get("/releases/draft")).text);
    await call({ ...asked, number });
    return (await rowsOf()).at(-1).id as string;
  };

  it("takes a call once, and not while staff have stopped everything or the node drains", async () => {
    await alive("app-a");
    await alive("app-b");
    const [a, b] = [createStaffCallBook(db.pool, "app-a"), createStaffCallBook(db.pool, "app-b")];
    const id = await askFor();
    await db.pool.query(
      "insert into housekeeping.node (name, entity_id, version, weight, draining_since, draining_by) values ('n', 'e', '22', 1, now(), 'Ann')",
    );
    expect(await a.claim(id, "n")).toEqual({ kind: "later" });
    expect(await createStaffCallBook(db.pool, "app-c").claim(id, "m")).toEqual({ kind: "later" });
    await db.pool.query(
      "insert into housekeeping.dialling (stopped_at, stopped_by, because) values (now(), 'Ann', 'a wrong list')",
    );
    expect(await a.claim(id, "m")).toEqual({ kind: "refused", because: "all dialling stands still" });
    await db.pool.query("delete from housekeeping.dialling");
    const claims = await Promise.all([a.claim(id, "m"), b.claim(id, "m")]);
    expect(claims.map(({ kind }) => kind).toSorted()).toEqual(["later", "ours"]);
  });

  it("keeps nothing of the made-up visit once it is over, and hears of one whose instance died", async () => {
    await alive("app-a");
    await alive("app-b");
    const [a, b] = [createStaffCallBook(db.pool, "app-a"), createStaffCallBook(db.pool, "app-b")];
    const id = await askFor();
    expect(await a.claim(id, "m")).toEqual({ kind: "ours" });
    expect((await b.open())[0]).toMatchObject({ standing: "others", node: "m", channelId: `hb-staff-${id}` });
    // Only its own instance writes how it stands.
    await b.notes.ringing(id);
    expect((await rowsOf())[0].state).toBe("dialling");
    await a.notes.ringing(id);
    await db.pool.query("update housekeeping.instance set dead_at = now() where owner = 'app-a'");
    expect((await b.open())[0]).toMatchObject({ id, standing: "dead" });
    await b.close(id, "instance-died");
    await a.notes.ended(id, "completed", []);
    expect((await rowsOf())[0]).toMatchObject({
      ...{ state: "ended", outcome: "instance-died", fields: null, files: null },
    });
  });
});
