import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "#lib/clock.ts";
import { newName } from "#lib/ids.ts";
import { createSignInService } from "#oidc/sign-in-service.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type OidcService, startOidcService } from "../support/oidc-service.ts";
import { byCommand, from, type SignInBench, signInBench } from "../support/people-who-sign-in.ts";
import { ciphers } from "../support/survey.ts";

const redirectUri = "https://hearback.test/sign-in/oidc/back";
let service: OidcService;
let database: TestDatabase;
let bench: SignInBench;
beforeAll(async () => {
  [service, database] = await Promise.all([startOidcService(redirectUri), createTestDatabase()]);
  bench = signInBench(database.pool);
});
afterAll(() => Promise.all([service.close(), database.drop()]));

const ours = (different: { issuer?: string; clientSecret?: string; clock?: Clock } = {}) =>
  createSignInService({
    ...{ issuer: service.issuer, clientId: service.clientId, clientSecret: service.clientSecret },
    ...{ redirectUri, clock: systemClock },
    seal: (text) => ciphers.encrypt("sign-in", text),
    unseal: (bytes) => ciphers.decrypt("sign-in", bytes),
    ...different,
  });

/** From begin to finish, as one whom the service knows so. */
async function identityOf(known: { email?: string; email_verified?: boolean }, login = newName("login")) {
  service.people.set(login, known);
  const there = ours();
  const { url, proof } = await there.begin();
  const finished = await there.finish(await service.signIn(url, login), proof);
  if (finished.kind !== "known") throw new Error(finished.kind);
  return finished.identity;
}

describe("another's sign-in service", () => {
  it("names somebody, with the address that it has verified", async () => {
    const there = ours();
    service.people.set("w", { email: "W.Okonjo@Trust.Example", email_verified: true });
    const { url, proof } = await there.begin();
    const asked = new URL(url).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      ...{ response_type: "code", code_challenge_method: "S256", redirect_uri: redirectUri },
      scope: "openid email profile",
    });
    for (const secret of ["state", "nonce", "code_challenge"])
      expect(asked.get(secret)).toMatch(/^[\w-]{43}$/);
    expect(await there.finish(await service.signIn(url, "w"), proof)).toEqual({
      kind: "known",
      identity: { issuer: service.issuer, subject: "w", email: "w.okonjo@trust.example" },
    });
  });

  it.each([
    ["one that it has not verified", { email: "a@trust.example", email_verified: false }],
    ["one of which it does not say", { email: "a@trust.example" }],
    ["none", {}],
  ])("gives no address where it has %s", async (_, known) => {
    expect((await identityOf(known)).email).toBeNull();
  });

  it("may say no", async () => {
    const there = ours();
    const { url, proof } = await there.begin();
    expect(await there.finish(await service.cancel(url), proof)).toEqual({ kind: "denied" });
  });

  it("is not believed about what another browser began, or an earlier time", async () => {
    const there = ours();
    const [mine, other] = [await there.begin(), await there.begin()];
    const back = await service.signIn(mine.url, "w");
    await expect(there.finish(back, other.proof)).rejects.toMatchObject({ code: "oidc_failed" });
    expect(await there.finish(back, "")).toEqual({ kind: "stale" });
    expect(await there.finish(back, `${mine.proof.slice(0, -4)}AAAA`)).toEqual({ kind: "stale" });
    const later: Clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + 600_001) };
    expect(await ours({ clock: later }).finish(back, mine.proof)).toEqual({ kind: "stale" });
    const forged = new URL(back);
    forged.searchParams.set("code", "made-up");
    await expect(there.finish(forged, mine.proof)).rejects.toMatchObject({ code: "oidc_failed" });
  });

  it("that is away, or is not what it says, is told as such, and asked again the next time", async () => {
    const away = ours({ issuer: "http://127.0.0.1:9" });
    await expect(away.begin()).rejects.toMatchObject({ code: "oidc_failed" });
    const other = ours({ issuer: service.issuer.replace("127.0.0.1", "localhost") });
    await expect(other.begin()).rejects.toMatchObject({ code: "oidc_failed" });
    const stranger = ours({ clientSecret: "wrong" });
    const { url, proof } = await stranger.begin();
    const back = await service.signIn(url, "w");
    await expect(stranger.finish(back, proof)).rejects.toMatchObject({ code: "oidc_failed" });
  });
});

describe("whom it names", () => {
  const openedBy = async (identity: Parameters<SignInBench["door"]["withIdentity"]>[0]) => {
    const answer = await bench.door.withIdentity(identity, from);
    return answer.kind === "open" ? (await bench.sessions.find(answer.secret))!.userId : answer.kind;
  };

  it("comes in where an account with roles waits for the verified address; its link is then no more", async () => {
    const { userId, email, link } = await bench.invite();
    const identity = await identityOf({ email, email_verified: true });
    expect(await openedBy(identity)).toBe(userId);
    expect(await bench.door.invited(link)).toBeNull();
    expect((await bench.auditOf(userId)).at(-1)).toMatchObject({
      action: "sign-in",
      details: { method: "oidc" },
    });
    expect(await bench.accounts.find({ email })).toMatchObject({ hasIdentity: true, hasPassword: false });
  });

  it("is known by the service's own id from then on: the address may change, and go to somebody else", async () => {
    const { userId, email } = await bench.invite();
    const first = newName("login");
    expect(await openedBy(await identityOf({ email, email_verified: true }, first))).toBe(userId);
    expect(
      await openedBy(await identityOf({ email: "new@trust.example", email_verified: true }, first)),
    ).toBe(userId);
    expect(await openedBy(await identityOf({ email, email_verified: true }))).toBe("refused");
  });

  it("stays out without an account, without a role, without a verified address, and when it has ended", async () => {
    const { userId, email } = await bench.invite();
    const { email: noRole } = await bench.invite({ grants: [] });
    const nobody = { email: "nobody@trust.example", email_verified: true };
    expect(await openedBy(await identityOf(nobody))).toBe("refused");
    expect(await openedBy(await identityOf({ email: noRole, email_verified: true }))).toBe("refused");
    expect(await openedBy(await identityOf({ email, email_verified: false }))).toBe("refused");
    const login = newName("login");
    expect(await openedBy(await identityOf({ email, email_verified: true }, login))).toBe(userId);
    await bench.accounts.end(userId, byCommand);
    expect(await openedBy(await identityOf({ email, email_verified: true }, login))).toBe("refused");
    const { rows } = await database.pool.query(
      "select details from housekeeping.audit_entry where action = 'sign-in-failed' and who_id = 'unknown' order by n desc",
    );
    expect(rows[0].details).toEqual({ method: "oidc", outcome: "unknown", address: from.address });
  });

  it("is one of two who come for the first time at once", async () => {
    const { userId, email } = await bench.invite();
    const [one, other] = [
      await identityOf({ email, email_verified: true }),
      await identityOf({ email, email_verified: true }),
    ];
    const opened = await Promise.all([openedBy(one), openedBy(other)]);
    expect(opened.sort()).toEqual([userId, "refused"].sort());
  });
});
