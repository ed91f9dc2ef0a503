import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkEnds } from "#access/invitation.ts";
import { makeSecret } from "#access/secret.ts";
import { systemClock } from "#lib/clock.ts";
import { createSignInService } from "#oidc/sign-in-service.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type OidcService, startOidcService } from "../support/oidc-service.ts";
import {
  appCode,
  byCommand,
  goodPassword,
  grantOf,
  type SignInBench,
  signInBench,
} from "../support/people-who-sign-in.ts";
import { type TestRoom, testRoom } from "../support/room.ts";
import { ciphers } from "../support/survey.ts";

const redirectUri = "https://hearback.test/sign-in/oidc/back";
let database: TestDatabase;
let bench: SignInBench;
let service: OidcService;
let room: TestRoom;
beforeAll(async () => {
  [service, database] = await Promise.all([startOidcService(redirectUri), createTestDatabase()]);
  bench = signInBench(database.pool);
  room = await testRoom(database.pool, {
    service: createSignInService({
      ...{ issuer: service.issuer, clientId: service.clientId, clientSecret: service.clientSecret },
      ...{ redirectUri, clock: systemClock },
      seal: (text) => ciphers.encrypt("sign-in", text),
      unseal: (bytes) => ciphers.decrypt("sign-in", bytes),
    }),
  });
});
afterAll(async () => {
  await room.close();
  await Promise.all([service.close(), database.drop()]);
});

type Browser = ReturnType<TestRoom["browser"]>;

/** Without the space that templates leave between tags and words. */
const tight = ({ text }: { text: string }): string => text.replace(/>\s+/g, ">").replace(/\s+</g, "<");

/** What the app shows next: codes are good once, and the pages' clock is the real one. */
const freshCode = (app: Buffer) => appCode(app, new Date(systemClock.now().getTime() + 30_000));

async function signedInBrowser(): Promise<{ browser: Browser; userId: string; email: string; app: Buffer }> {
  const person = await bench.settled({ grants: [grantOf({ role: "telecoms" })] });
  await database.pool.query("update housekeeping.second_factor set last_step = 0 where user_id = $1", [
    person.userId,
  ]);
  const browser = room.browser();
  await browser.get("/sign-in");
  await browser.post("/sign-in", { email: person.email, password: goodPassword });
  await browser.get("/sign-in/code");
  const { status, headers } = await browser.post("/sign-in/code", { code: freshCode(person.app) });
  expect([status, headers.location]).toEqual([303, "/"]);
  return { browser, ...person };
}

describe("an invitation's page", () => {
  it("leads to a password, an app by picture or key, and codes that are shown once", async () => {
    const { link, email, userId } = await bench.invite();
    const browser = room.browser();
    const page = await browser.get(`/invitation/${link}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain(`this is for your account ${email}`);
    const different = await browser.post(`/invitation/${link}`, { password: goodPassword, again: "another" });
    expect(different.status).toBe(400);
    expect(tight(different)).toContain('<a href="#again">The two passwords are not the same</a>');
    const common = await browser.post(`/invitation/${link}`, {
      password: "password1234",
      again: "password1234",
    });
    expect(common.text).toContain("Choose a password that is harder to guess");
    expect(common.text).not.toContain("password1234");
    const taken = await browser.post(`/invitation/${link}`, { password: goodPassword, again: goodPassword });
    expect([taken.status, taken.headers.location]).toEqual([303, "/sign-in/app"]);
    expect((await browser.get("/account")).headers.location).toBe("/sign-in?next=%2Faccount");

    const app = await browser.get("/sign-in/app");
    expect(app.text).toMatch(/<svg class="room-qr" viewBox="0 0 \d+ \d+"/);
    const [, key] = /<code class="room-key">([A-Z2-7 ]+)<\/code>/.exec(app.text)!;
    expect(app.text).toContain(`secret=${key!.replaceAll(" ", "")}`);
    const [row] = await bench.appsOf(userId);
    const wrong = await browser.post("/sign-in/app", { code: "12345" });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain(key);
    const done = await browser.post("/sign-in/app", { code: appCode(row!, systemClock.now()) });
    expect(done.status).toBe(200);
    expect(done.text.match(/<li><code>([A-Z2-7]{4}-){3}[A-Z2-7]{4}<\/code><\/li>/g)).toHaveLength(10);
    expect((await browser.get("/account")).text).toContain("Wilhelmina Okonjo");
    expect((await browser.get("/sign-in/app")).headers.location).toMatch(/^\/sign-in\?done=late/);

    const used = await room.browser().get(`/invitation/${link}`);
    expect(used.status).toBe(410);
    expect(used.text).toContain("This link is no longer good");
  });

  it.each(["x", "A".repeat(43), "..%2f"])("is not there for %s", async (secret) => {
    expect((await room.browser().get(`/invitation/${secret}`)).status).toBe(410);
  });
});

describe("the sign-in page", () => {
  it("leads back to the page that was asked for, by way of the code", async () => {
    const { email, app, userId } = await bench.settled();
    await database.pool.query("update housekeeping.second_factor set last_step = 0 where user_id = $1", [
      userId,
    ]);
    const browser = room.browser();
    const asked = await browser.get("/account?x=1");
    expect(asked.headers.location).toBe("/sign-in?next=%2Faccount%3Fx%3D1");
    const form = await browser.get(String(asked.headers.location));
    expect(form.text).toContain('<input type="hidden" name="next" value="/account?x=1">');
    const right = await browser.post("/sign-in", { email, password: goodPassword, next: "/account?x=1" });
    expect(right.headers.location).toBe("/sign-in/code?next=%2Faccount%3Fx%3D1");
    expect((await browser.get("/account")).status).toBe(303);
    const code = await browser.get(String(right.headers.location));
    expect(code.text).toContain('autocomplete="one-time-code"');
    const wrong = await browser.post("/sign-in/code", { code: "000000", next: "/account?x=1" });
    expect(wrong.status).toBe(403);
    expect(wrong.text).toContain("This code is not right");
    const open = await browser.post("/sign-in/code", { code: freshCode(app), next: "/account?x=1" });
    expect([open.status, open.headers.location]).toEqual([303, "/account?x=1"]);
    const cookies = [open.headers["set-cookie"]].flat().join("\n");
    expect(cookies).toMatch(
      /^__Host-hearback=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/m,
    );
    expect((await browser.get("/account")).status).toBe(200);
    expect((await browser.get("/sign-in?next=/account")).headers.location).toBe("/account");
  });

  it.each([
    "https://elsewhere.example/",
    "//elsewhere.example",
    "/\\elsewhere.example",
    "javascript:1",
    "/a\nb",
  ])("leads nowhere else: %j", async (next) => {
    const page = await room.browser().get(`/sign-in?next=${encodeURIComponent(next)}`);
    expect(page.text).toContain('name="next" value="/"');
    expect(page.text).not.toContain("elsewhere");
  });

  it("says the same to a wrong password and to an unknown address, and no more", async () => {
    const { email } = await bench.settled();
    const answerTo = async (typed: string) => {
      const { status, text } = await room.nobody.post("/sign-in", {
        email: typed,
        password: "wrong wrong wrong",
      });
      return {
        status,
        text: text.replaceAll(typed, "ADDRESS").replace(/(nonce|_csrf)"? ?(value)?="[^"]+"/g, ""),
      };
    };
    const [known, unknown] = [await answerTo(email), await answerTo("nobody.there@trust.example")];
    expect(known).toEqual(unknown);
    expect(known.status).toBe(403);
    expect(tight(known)).toContain('<a href="#email">The e-mail address or the password is not right</a>');
    expect(known.text).not.toContain("wrong wrong");
  });

  it("tells what is missing, and how long to wait", async () => {
    const empty = await room.nobody.post("/sign-in", { email: " " });
    expect(empty.status).toBe(400);
    expect(tight(empty)).toContain('<a href="#email">Enter your e-mail address</a>');
    expect(tight(empty)).toContain('<a href="#password">Enter your password</a>');
    const { email } = await bench.settled();
    const guess = () => room.nobody.post("/sign-in", { email, password: "wrong wrong wrong" });
    for (let time = 0; time < 6; time += 1) expect((await guess()).status).toBe(403);
    const waits = await guess();
    expect(waits.status).toBe(429);
    expect(Number(waits.headers["retry-after"])).toBeGreaterThan(0);
    expect(waits.text).toMatch(/Wait \d+ seconds, then try again/);
  });

  it("takes no form that was not ours", async () => {
    const { email } = await bench.settled();
    const forged = await room.web.inject({
      ...{
        method: "POST",
        url: "/sign-in",
        headers: { "content-type": "application/x-www-form-urlencoded" },
      },
      payload: new URLSearchParams({ email, password: goodPassword }).toString(),
    });
    expect(forged.statusCode).toBe(403);
    expect(forged.headers["set-cookie"]).not.toContain("__Host-hearback-half=");
  });

  it("takes a bounded number of forms a minute from one address", async () => {
    const own = await testRoom(database.pool);
    const statuses = [];
    for (let time = 0; time < 61; time += 1) statuses.push((await own.nobody.post("/sign-in", {})).status);
    expect(statuses.slice(0, 60).every((status) => status === 400)).toBe(true);
    expect(statuses[60]).toBe(429);
    // Looking costs nothing.
    expect((await own.nobody.get("/sign-in")).status).toBe(200);
    await own.close();
  });

  it("shows the way to the organisation's service only where there is one", async () => {
    const without = await testRoom(database.pool);
    expect((await without.nobody.get("/sign-in")).text).not.toContain("organisation");
    expect((await without.nobody.get("/sign-in/oidc")).status).toBe(404);
    expect((await without.nobody.get("/sign-in/oidc/back")).status).toBe(404);
    await without.close();
    expect((await room.nobody.get("/sign-in")).text).toContain("Sign in with your organisation’s account");
  });
});

describe("the organisation's account", () => {
  const visit = async (
    login: string,
    known: { email?: string; email_verified?: boolean },
    next = "/account",
  ) => {
    service.people.set(login, known);
    const browser = room.browser();
    const { headers } = await browser.get(`/sign-in/oidc?next=${next}`);
    const back = await service.signIn(String(headers.location), login);
    return { browser, back, answer: await browser.get(back.pathname + back.search) };
  };

  it("lets in whom it names, to the page that was asked for, and signing out ends the session here", async () => {
    const { email, userId } = await bench.invite();
    const { browser, answer, back } = await visit("w", { email, email_verified: true });
    expect([answer.status, answer.headers.location]).toEqual([303, "/account"]);
    const page = await browser.get("/account");
    expect(page.text).toContain("with your organisation’s account");
    expect((await browser.get("/account/password")).text).toContain("there is no password here to change");
    // The way back is good once.
    expect((await browser.get(back.pathname + back.search)).text).toContain("That took too long");
    await browser.get("/account");
    expect((await browser.post("/sign-out")).headers.location).toBe("/sign-in?done=out");
    expect(await bench.sessions.list(userId)).toEqual([]);
  });

  it("tells whom it does not let in", async () => {
    const { answer } = await visit("stranger", { email: "stranger@trust.example", email_verified: true });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("There is no account for you here");
    const browser = room.browser();
    const { headers } = await browser.get("/sign-in/oidc");
    const back = await service.cancel(String(headers.location));
    const cancelled = await browser.get(back.pathname + back.search);
    expect(cancelled.status).toBe(403);
    expect(cancelled.text).toContain("You were not signed in");
    const other = await room.browser().get(back.pathname + back.search);
    expect(other.text).toContain("was not begun in this browser");
  });

  it("that does not answer is told, and logged without what it said", async () => {
    const broken = await testRoom(database.pool, {
      service: createSignInService({
        ...{
          issuer: "http://127.0.0.1:9",
          clientId: "x",
          clientSecret: null,
          redirectUri,
          clock: systemClock,
        },
        seal: (text) => ciphers.encrypt("sign-in", text),
        unseal: (bytes) => ciphers.decrypt("sign-in", bytes),
      }),
    });
    const { status, text } = await broken.nobody.get("/sign-in/oidc");
    expect(status).toBe(502);
    expect(text).toContain("sign-in service does not answer");
    expect(broken.logged.join()).toContain("the sign-in service failed");
    await broken.close();
  });
});

describe("a rehearsal's link", () => {
  it("signs in once", async () => {
    const rehearsal = await createTestDatabase();
    await rehearsal.pool.query("create table housekeeping.rehearsal (marked_at timestamptz)");
    const there = await testRoom(rehearsal.pool, { rehearsal: true });
    const { accounts, invite } = signInBench(rehearsal.pool);
    const { userId } = await invite();
    const { secret, sha256 } = makeSecret();
    await accounts.makeSignInLink(userId, { sha256, expiresAt: linkEnds(systemClock.now()) });
    const browser = there.browser();
    const open = await browser.get(`/sign-in/link/${secret}`);
    expect([open.status, open.headers.location]).toEqual([303, "/"]);
    expect((await browser.get("/account")).text).toContain("with a rehearsal’s link");
    expect((await there.browser().get(`/sign-in/link/${secret}`)).status).toBe(410);
    await there.close();
    await rehearsal.drop();
  });
});

describe("one's own account", () => {
  it("shows roles and sessions, and ends one, or all", async () => {
    const { browser, userId, email, app } = await signedInBrowser();
    const page = await browser.get("/account");
    expect(page.text).toContain(email);
    expect(page.text).toContain("<strong>Telecoms</strong>, RXX");
    // The session of setting up, and this one.
    expect(page.text.match(/\/account\/sessions\/[0-9a-f-]{36}\/end/g)).toHaveLength(2);
    const sessions = await bench.sessions.list(userId);
    const [here, other] = sessions;
    const ended = await browser.post(`/account/sessions/${other!.id}/end`);
    expect(ended.headers.location).toBe("/account?done=session");
    expect((await bench.sessions.list(userId)).map(({ id }) => id)).toEqual([here!.id]);
    expect(app).toHaveLength(20);
    await browser.get("/account");
    const all = await browser.post("/account/sessions/end");
    expect(all.headers.location).toBe("/sign-in?done=ended");
    expect((await browser.get("/account")).status).toBe(303);
  });

  it("does not end somebody else's session", async () => {
    const [one, other] = [await signedInBrowser(), await signedInBrowser()];
    const [theirs] = await bench.sessions.list(other.userId);
    await one.browser.get("/account");
    await one.browser.post(`/account/sessions/${theirs!.id}/end`);
    expect((await other.browser.get("/account")).status).toBe(200);
    expect((await one.browser.post("/account/sessions/x/end")).status).toBe(404);
  });

  it("changes its password, and is signed out everywhere else", async () => {
    const { browser, userId } = await signedInBrowser();
    await browser.get("/account/password");
    const form = (current: string, next: string, again = next) =>
      browser.post("/account/password", { current, next, again });
    expect(tight(await form("", "x"))).toContain('<a href="#current">Enter your present password</a>');
    expect((await form(goodPassword, "one two three four", "five")).text).toContain('href="#again"');
    expect((await form("not this one at all", "haul gwanwyn bryn")).status).toBe(403);
    expect(tight(await form(goodPassword, "letmeinletmein"))).toContain(
      '<a href="#next">Choose a password that is',
    );
    const changed = await form(goodPassword, "haul gwanwyn bryn");
    expect([changed.status, changed.headers.location]).toEqual([303, "/account?done=password"]);
    expect((await browser.get("/account?done=password")).text).toContain("Your password is changed");
    expect(await bench.sessions.list(userId)).toHaveLength(1);
  });

  it("is everybody's, and nobody's who is not signed in", async () => {
    for (const url of ["/account", "/account/password"])
      expect((await room.browser().get(url)).headers.location).toBe(
        `/sign-in?next=${encodeURIComponent(url)}`,
      );
  });
});

it("logs nothing of anybody who signs in", () => {
  const log = room.logged.join("\n");
  expect(log).not.toMatch(/@trust\.example|Wilhelmina|teacup/);
});

it("an account that ended is signed out at once", async () => {
  const { browser, userId } = await signedInBrowser();
  await bench.accounts.end(userId, byCommand);
  expect((await browser.get("/account")).headers.location).toBe("/sign-in?next=%2Faccount");
});
