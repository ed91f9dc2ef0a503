import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "#access/rights.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { grantOf, type SignInBench, signInBench } from "../support/people-who-sign-in.ts";
import { everyRole, type TestRoom, testRoom } from "../support/room.ts";

let database: TestDatabase;
let bench: SignInBench;
let room: TestRoom;
beforeAll(async () => {
  database = await createTestDatabase();
  bench = signInBench(database.pool);
  room = await testRoom(database.pool);
});
afterAll(async () => {
  await room.close();
  await database.drop();
});

const tight = ({ text }: { text: string }): string => text.replace(/>\s+/g, ">").replace(/\s+</g, "<");
const somebody = "00000000-0000-7000-8000-000000000000";
const gets = ["/governance/users", "/governance/users/new", `/governance/users/${somebody}`];
const posts = [
  "/governance/users/new",
  ...["grant", "revoke", "sessions", "link", "end"].map((act) => `/governance/users/${somebody}/${act}`),
];

describe("accounts' pages", () => {
  it.each(everyRole)("are governance's: as %s", async (role: Role) => {
    const visitor = await room.visitor(role);
    const allowed = role === "governance";
    for (const url of gets) {
      const { status } = await visitor.get(url);
      expect([url, status]).toEqual([url, allowed ? (url.includes(somebody) ? 404 : 200) : 403]);
    }
    for (const url of posts) {
      const { status } = await visitor.post(url);
      expect([url, status]).toEqual([url, allowed ? (url.includes(somebody) ? 404 : 400) : 403]);
    }
  });

  it("are nobody's who is not signed in", async () => {
    for (const url of gets)
      expect((await room.nobody.get(url)).headers.location).toBe(`/sign-in?next=${encodeURIComponent(url)}`);
    for (const url of posts) expect((await room.nobody.post(url)).headers.location).toBe("/sign-in?next=%2F");
  });

  it("invite somebody: the link is shown once, and sets a password", async () => {
    const governor = await room.visitor("governance");
    const form = {
      name: "Baljit Singh",
      email: "B.Singh@trust.example",
      role: "clinician",
      trust: "RXX",
      ward: "4",
    };
    const made = await governor.post("/governance/users/new", form);
    expect(made.status).toBe(200);
    const [, link] = /https:\/\/hearback\.test\/invitation\/([\w-]{43})/.exec(made.text)!;
    expect(await bench.door.invited(link!)).toMatchObject({
      email: "b.singh@trust.example",
      name: "Baljit Singh",
    });
    const listed = await governor.get("/governance/users");
    expect(tight(listed)).toContain("Clinician, RXX: ward 4");
    expect(listed.text).not.toContain(link);
    const account = (await bench.accounts.find({ email: "b.singh@trust.example" }))!;
    expect(await bench.auditOf(account.id)).toMatchObject([
      { action: "user-invite", who: `user ${governor.who.userId}`, details: { kind: "new", ward: "4" } },
    ]);
    const twice = await governor.post("/governance/users/new", form);
    expect(twice.status).toBe(409);
    expect(tight(twice)).toContain(
      '<a href="#email">There is an account with this e-mail address already</a>',
    );
  });

  it.each([
    [{ name: "" }, "#name", "Enter their name"],
    [{ email: "nobody" }, "#email", "Enter an e-mail address"],
    [{ role: "king" }, "#role", "Choose a role"],
    [{ trust: "RYY" }, "#trust", "Choose one of your trusts"],
    [{ role: "telecoms", unit: "Surgery" }, "#unit", "A telecoms has the whole trust"],
  ])("tell what is wrong with %j, and keep what was typed", async (wrong, href, told) => {
    const governor = await room.visitor("governance");
    const form = {
      name: "Kept Name",
      email: "kept@trust.example",
      role: "clinician",
      trust: "RXX",
      ...wrong,
    };
    const answer = await governor.post("/governance/users/new", form);
    expect(answer.status).toBe(400);
    expect(tight(answer)).toContain(`<a href="${href}">${told}`);
    if (form.name) expect(answer.text).toContain('value="Kept Name"');
    expect(await bench.accounts.find({ email: "kept@trust.example" })).toBeNull();
  });

  it("give and take roles, end sessions, reset and end", async () => {
    const governor = await room.visitor("governance");
    const { userId, email, secret } = await bench.settled();
    const page = `/governance/users/${userId}`;
    expect(tight(await governor.get(page))).toContain("Password and authenticator app");
    const ward = { role: "clinician", trust: "RXX", ward: "Ward 4" };
    const given = await governor.post(`${page}/grant`, ward);
    expect(given.headers.location).toBe(`${page}?done=granted`);
    expect((await governor.post(`${page}/grant`, ward)).headers.location).toBe(`${page}?done=granted`);
    expect(await bench.sessions.find(secret)).toBeNull();
    expect((await bench.accounts.find({ email }))!.grants).toHaveLength(2);
    const foreign = await governor.post(`${page}/grant`, { ...ward, trust: "RYY" });
    expect(foreign.status).toBe(400);
    expect(foreign.text).toContain("Choose one of your trusts");

    const [, key] = /name="grant" value="([^"]*Ward 4[^"]*)"/.exec((await governor.get(page)).text)!;
    const taken = await governor.post(`${page}/revoke`, { grant: key!.replaceAll("&quot;", '"') });
    expect(taken.headers.location).toBe(`${page}?done=revoked`);
    expect((await bench.accounts.find({ email }))!.grants).toEqual([grantOf()]);
    await governor.post(`${page}/revoke`, { grant: "made up" });
    expect((await bench.accounts.find({ email }))!.grants).toEqual([grantOf()]);

    expect((await governor.post(`${page}/sessions`)).headers.location).toBe(`${page}?done=sessions`);
    const reset = await governor.post(`${page}/link`);
    expect(reset.text).toMatch(/https:\/\/hearback\.test\/invitation\/[\w-]{43}/);
    expect(await bench.accounts.find({ email })).toMatchObject({
      hasPassword: false,
      hasSecondFactor: false,
    });
    expect(tight(await governor.get(page))).toContain("Make a new link");
    const again = await governor.post(`${page}/link`);
    expect(again.text).not.toContain(/invitation\/([\w-]{43})/.exec(reset.text)![1]);

    expect((await governor.post(`${page}/end`)).headers.location).toBe(`${page}?done=ended`);
    expect(await bench.accounts.find({ email })).toBeNull();
    const after = await governor.get(`${page}?done=ended`);
    expect(after.text).toContain("The account has ended");
    expect(after.text).not.toContain(`${page}/grant`);
  });

  it("show nothing of another trust's people", async () => {
    const governor = await room.visitor("governance");
    const { userId, email } = await bench.invite({ grants: [grantOf({ trust: "RYY" })] });
    expect((await governor.get("/governance/users")).text).not.toContain(email);
    expect((await governor.get(`/governance/users/${userId}`)).status).toBe(404);
    expect((await governor.post(`/governance/users/${userId}/end`)).status).toBe(404);
    expect(await bench.accounts.find({ email })).not.toBeNull();
  });

  it("change nobody who has a role in another trust too, and not oneself", async () => {
    const governor = await room.visitor("governance");
    const { userId } = await bench.invite({ grants: [grantOf(), grantOf({ trust: "RYY" })] });
    expect((await governor.get(`/governance/users/${userId}`)).text).toContain("a trust that is not yours");
    expect((await governor.post(`/governance/users/${userId}/end`)).status).toBe(403);
    expect((await bench.accounts.find({ id: userId }))!.endedAt).toBeNull();
    const mine = `/governance/users/${governor.who.userId}`;
    expect((await governor.get(mine)).text).toContain("This is your own account");
    const coordinator = { role: "coordinator", trust: "RXX" };
    expect((await governor.post(`${mine}/grant`, coordinator)).status).toBe(403);
    expect((await bench.accounts.find({ id: governor.who.userId }))!.grants).toHaveLength(1);
  });
});
