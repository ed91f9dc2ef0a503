import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isToken, prefixOf } from "#access/token.ts";
import { openDatabase } from "#cli/open-database.ts";
import { createTokenBook } from "#postgres/api-tokens.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { hearback as run } from "../unit/cli/run-command.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const hearback = (...args: string[]) =>
  run(["token", ...args], {
    env: { HEARBACK_DATABASE_URL: database.url },
    services: { openDatabase },
  });

const rowOf = async (name: string) =>
  (await database.pool.query("select * from housekeeping.api_token where name = $1", [name])).rows[0];

describe("hearback token create", () => {
  it("shows the token once, alone on standard output, and keeps nothing but its hash", async () => {
    const { status, stdout, stderr } = await hearback(
      ...["create", "warehouse", "--scope", "read:recordings,read:results", "--expires", "2999-12-31"],
    );
    expect(status).toBe(0);
    const token = stdout.trim();
    expect(stdout).toBe(`${token}\n`);
    expect(stderr).toContain('Token "warehouse" may read:results, read:recordings to the end of 2999-12-31.');
    expect(stderr).not.toContain(token);
    const row = await rowOf("warehouse");
    expect(row.prefix).toBe(prefixOf(token));
    expect(isToken(token, row.sha256)).toBe(true);
    expect(row.scopes).toEqual(["read:results", "read:recordings"]);
    expect(row.expires_at).toEqual(new Date("3000-01-01T00:00:00Z"));
    expect(JSON.stringify(row)).not.toContain(token);
  });

  it("gives it a year where nothing is said, and for ever only when asked", async () => {
    await hearback("create", "a-year", "--scope", "read:health");
    const days = ((await rowOf("a-year")).expires_at.getTime() - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(365, 0);
    expect(
      (await hearback("create", "ever", "--scope", "read:health", "--expires", "never")).stderr,
    ).toContain("for ever");
    expect((await rowOf("ever")).expires_at).toBeNull();
  });

  it("refuses a name that is taken, until that token is revoked", async () => {
    const again = () => hearback("create", "twice", "--scope", "read:health");
    expect((await again()).status).toBe(0);
    const refused = await again();
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('There is a token "twice" already');
    expect(refused.stdout).toBe("");
    await hearback("revoke", "twice");
    expect((await again()).status).toBe(0);
  });

  it.each([
    [["x", "--scope", "read:result"], "did you mean read:results?"],
    [["x", "--scope", "everything"], "there are: read:campaigns"],
    [["x"], "needs --scope SCOPE"],
    [["X Y", "--scope", "read:health"], "is no name for a token"],
    [["x", "--scope", "read:health", "--expires", "2020-01-01"], "--expires 2020-01-01 is past"],
    [["x", "--scope", "read:health", "--expires", "2027-02-30"], "is neither a date"],
    [["x", "--scope", "read:health", "--expires", "soon"], "is neither a date"],
  ])("refuses %j", async (args, told) => {
    const { status, stderr, stdout } = await hearback("create", ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(told);
    expect(stdout).toBe("");
  });
});

describe("hearback token list and revoke", () => {
  it("tell how each stands, and never the token or its hash", async () => {
    const { stdout: token } = await hearback("create", "listed", "--scope", "read:visits");
    const tokens = createTokenBook(database.pool);
    const live = (await tokens.find(prefixOf(token.trim())!))!;
    await tokens.used(live.id);
    const before = (await hearback("list")).stdout;
    expect(before).toMatch(
      /^listed {2}hb_[0-9a-f]{12}_… {2}good to the end of \d{4}-\d\d-\d\d, last used .* UTC$/m,
    );
    expect(before).toContain("  read:visits");
    expect((await hearback("revoke", "listed")).stdout).toBe('Token "listed" is revoked.\n');
    expect((await hearback("list")).stdout).toMatch(/^listed .* revoked /m);
    const json = (await hearback("list", "--json")).stdout;
    expect(JSON.parse(json).find((one: { name: string }) => one.name === "listed").scopes).toEqual([
      "read:visits",
    ]);
    for (const text of [before, json]) {
      expect(text).not.toContain(token.trim());
      expect(text).not.toContain("sha256");
    }
    expect(await tokens.find(prefixOf(token.trim())!)).toBeNull();
    expect((await hearback("revoke", "listed")).stderr).toContain('There is no token "listed".');
  });

  it("an expired one is found no more", async () => {
    const { stdout } = await hearback("create", "old", "--scope", "read:visits");
    await database.pool.query("update housekeeping.api_token set expires_at = now() where name = 'old'");
    expect(await createTokenBook(database.pool).find(prefixOf(stdout.trim())!)).toBeNull();
    expect((await hearback("list")).stdout).toMatch(/^old .* expired /m);
  });
});
