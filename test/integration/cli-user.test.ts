import { userInfo } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "#open-database.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { from, goodPassword, type SignInBench, signInBench } from "../support/people-who-sign-in.ts";
import { hearback as run } from "../unit/cli/run-command.ts";

let database: TestDatabase;
let bench: SignInBench;
beforeAll(async () => {
  database = await createTestDatabase();
  bench = signInBench(database.pool);
});
afterAll(() => database.drop());

const env = () => ({
  HEARBACK_DATABASE_URL: database.url,
  HEARBACK_PUBLIC_URL: "https://hearback.trust.example/",
});
const hearback = (...args: string[]) => run(["user", ...args], { env: env(), services: { openDatabase } });
const linkIn = (stdout: string) =>
  /^https:\/\/hearback\.trust\.example\/invitation\/([\w-]{43})\n$/.exec(stdout)![1]!;

const adding = [
  "add",
  "First.User@trust.example",
  "--name",
  "First User",
  "--role",
  "governance",
  "--trust",
  "RXX",
];

describe("hearback user add", () => {
  it("makes the first account, and hands out a link, alone on standard output, that sets its password", async () => {
    const { status, stdout, stderr } = await hearback(...adding);
    expect(stderr).toContain("First User is governance in RXX.");
    expect(status).toBe(0);
    const link = linkIn(stdout);
    expect(stderr).not.toContain(link);
    expect(await bench.door.invited(link)).toMatchObject({
      email: "first.user@trust.example",
      name: "First User",
    });
    const account = (await bench.accounts.find({ email: "first.user@trust.example" }))!;
    expect(account.grants).toEqual([
      { role: "governance", trust: "RXX", unit: null, site: null, ward: null, service: null },
    ]);
    expect(await bench.auditOf(account.id)).toMatchObject([
      {
        ...{ action: "user-invite", who: `command ${userInfo().username}` },
        details: { kind: "new", role: "governance", count: 1 },
      },
    ]);
    const again = await hearback(...adding);
    expect(again).toMatchObject({ status: 1, stdout: "" });
    expect(again.stderr).toContain("There is an account with this e-mail address already");
  });

  it.each([
    [["add", "nobody", "--name", "N", "--role", "governance"], "is no e-mail address"],
    [["add", "a@b.example", "--role", "governance"], "needs --name NAME"],
    [["add", "a@b.example", "--name", "N"], "needs --role ROLE"],
    [["add", "a@b.example", "--name", "N\u001b[31m", "--role", "governance"], "--name is no name"],
    [["add", "a@b.example", "--name", "N", "--role", "clinican"], "did you mean clinician?"],
    [["add", "a@b.example", "--name", "N", "--role", "telecoms", "--ward", "4"], "only a clinician's role"],
    [
      ["add", "a@b.example", "--name", "N", "--role", "governance", "--password", "x"],
      "has no option --password",
    ],
    [["ad"], "did you mean add?"],
    [[], "needs one of: add, list, grant, revoke, sessions, invite, reset, end"],
  ])("refuses %j", async (args, told) => {
    const { status, stderr, stdout } = await hearback(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(told);
    expect(stdout).toBe("");
  });

  it("asks for the address that links begin with, before anything is made", async () => {
    const args = ["user", "add", "late@trust.example", "--name", "L", "--role", "governance"];
    const { HEARBACK_DATABASE_URL } = env();
    const { status, stderr } = await run(args, {
      env: { HEARBACK_DATABASE_URL },
      services: { openDatabase },
    });
    expect(status).toBe(1);
    expect(stderr).toContain("HEARBACK_PUBLIC_URL is missing, e.g. https://hearback.trust.example");
    expect(await bench.accounts.find({ email: "late@trust.example" })).toBeNull();
  });
});

describe("the others", () => {
  it("give and take roles, and list them", async () => {
    const { email, secret } = await bench.settled({ email: "grants@trust.example" });
    const role = ["--role", "clinician", "--trust", "RXX", "--ward", "Ward 4"];
    expect(await hearback("grant", email.toUpperCase(), ...role)).toMatchObject({
      ...{ status: 0, stdout: "Wilhelmina Okonjo is now clinician of ward Ward 4 in RXX.\n" },
    });
    expect(await bench.sessions.find(secret)).toBeNull();
    expect((await hearback("grant", email, ...role)).stderr).toContain(
      "is clinician of ward Ward 4 in RXX already",
    );
    expect((await hearback("list")).stdout).toMatch(
      /^grants@trust\.example {2}Wilhelmina Okonjo {2}last signed in .* UTC\n {2}clinician in RXX\n {2}clinician of ward Ward 4 in RXX$/m,
    );
    expect((await hearback("revoke", email, ...role)).stdout).toContain(
      "is no longer clinician of ward Ward 4",
    );
    expect((await hearback("revoke", email, ...role)).stderr).toContain("is not clinician of ward Ward 4");
    const listed = JSON.parse((await hearback("list", "--json")).stdout);
    const found = listed.find((one: { email: string }) => one.email === email);
    expect(found.grants).toHaveLength(1);
    expect(JSON.stringify(found)).not.toContain("argon2");
  });

  it("show sessions, and end them", async () => {
    const { email, secret } = await bench.settled({ email: "sessions@trust.example" });
    expect((await hearback("sessions", email)).stdout).toMatch(
      /^since .* UTC, used .* UTC, by password, from 10\.1\.2\.3 {2}Test browser\n$/,
    );
    expect((await hearback("sessions", email, "--end")).stdout).toBe(
      "1 session of Wilhelmina Okonjo ended.\n",
    );
    expect(await bench.sessions.find(secret)).toBeNull();
    expect((await hearback("sessions", email)).stdout).toContain("is signed in nowhere");
  });

  it("invite anew, and reset", async () => {
    const { email, link } = await bench.invite({ email: "again@trust.example" });
    const { stdout } = await hearback("invite", email);
    expect(await bench.door.invited(link)).toBeNull();
    expect(await bench.door.accept(linkIn(stdout), goodPassword, from)).toMatchObject({ kind: "enrol" });
    expect((await hearback("invite", email)).stderr).toContain("has a password already; reset it instead");
    const reset = await hearback("reset", email);
    expect(reset.stderr).toContain("password and authenticator app are forgotten");
    expect(await bench.door.withPassword({ email, password: goodPassword, from })).toEqual({
      kind: "refused",
    });
    expect(await bench.door.invited(linkIn(reset.stdout))).not.toBeNull();
    expect((await hearback("list")).stdout).toMatch(/^again@.* {2}invited, until .* UTC$/m);
  });

  it("end an account", async () => {
    const { email } = await bench.invite({ email: "leaver@trust.example" });
    expect((await hearback("end", "leavre@trust.example")).stderr).toContain(
      "did you mean leaver@trust.example?",
    );
    expect((await hearback("end", email)).stdout).toBe("The account of Wilhelmina Okonjo has ended.\n");
    expect((await hearback("list")).stdout).not.toContain(email);
    expect((await hearback("list", "--all")).stdout).toMatch(/^leaver@.* ended .* UTC$/m);
    expect((await hearback("end", email)).status).toBe(1);
  });
});
