/** docker/systemd/hearback gives a command what hearback@.service gives to serve: user, settings and secrets. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readSettings, settingKeys } from "#config.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { unitBelow, writeSecrets } from "../support/systemd.ts";

const folder = mkdtempSync(join(tmpdir(), "hearback-unit-"));
const unit = join(folder, "hearback@.service");
const etc = join(folder, "etc");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inReadme = (lines: RegExp) =>
  [...readFileSync(repositoryFile("docker/README.md"), "utf8").matchAll(lines)].map(([, line]) => line!);

beforeAll(() => {
  for (const release of ["a", "b"]) {
    const programs = join(folder, "opt", release, "src/cli");
    mkdirSync(programs, { recursive: true });
    // What it was given, in place of the program that takes it.
    writeFileSync(join(programs, "hearback"), '#!/bin/sh\npwd; echo "$*"; env -0\n');
    chmodSync(join(programs, "hearback"), 0o755);
  }
  writeFileSync(unit, unitBelow(folder));
  writeSecrets(join(etc, "secrets"));
  writeFileSync(
    join(etc, "hearback.env"),
    [
      ...["# Those of the README, and some more.", ...inReadme(/^ {4}(HEARBACK_\w+=.+)$/gm), ""],
      ...['HEARBACK_BACKUP_DAYS="35"', "HEARBACK_TRUNK='carrier-1'"],
      ...["HEARBACK_STAFF_NUMBERS=Telecoms desk=07700 900123", "HEARBACK_CDR_FILE=/elsewhere.csv"],
    ].join("\n"),
  );
  writeFileSync(join(etc, "b.env"), "HEARBACK_LISTEN=127.0.0.1:8081\n");
});

function run(args: string[], more: Record<string, string> = {}) {
  const { stdout, stderr, status } = spawnSync(repositoryFile("docker/systemd/hearback"), args, {
    env: { PATH: process.env.PATH, UNIT: unit, HEARBACK_DATABASE_URL: "postgres://of-the-shell/x", ...more },
    encoding: "utf8",
  });
  const [told = "", ...variables] = stdout.split("\0");
  const env = Object.fromEntries(
    [told.split("\n").at(-1)!, ...variables].map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  return { told, stderr, status, env };
}

it("hands over every setting and secret, as serve has them", () => {
  const { env, told, status, stderr } = run(["campaign", "status"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(told.split("\n").slice(0, 2)).toEqual([join(folder, "opt/a"), "campaign status"]);
  const settings = readSettings(settingKeys, env);
  expect(settings.databaseUrl).toMatch(/^postgres:\/\/hearback_serve:[\w-]{32}@127\.0\.0\.1\/hearback$/);
  expect(settings.dataKey).toHaveLength(32);
  expect(settings.publicUrl).toBe("https://hearback.trust.example");
  expect(settings.backupDays).toBe(35);
  expect(settings.nodes[0]!.trunk).toBe("carrier-1");
  expect(settings.nodes[0]!.amiHealthPassword).toHaveLength(32);
  expect(env.HEARBACK_STAFF_NUMBERS).toBe("Telecoms desk=07700 900123");
  expect(settings.nodes[0]!.celFile).toBe("/var/lib/hearback-asterisk/log/cel-custom/Master.csv");
  expect(settings.nodes[0]!.cdrFile).toBe("/elsewhere.csv");
  expect(settings.nodes[0]!.ariPassword).toHaveLength(32);
  const files = Object.keys(env).filter((name) => name.endsWith("_FILE"));
  expect(files.sort()).toEqual(["HEARBACK_CDR_FILE", "HEARBACK_CEL_FILE"]);
});

it("leaves a list of Asterisks alone, where the README's lines empty what the unit gives for one", () => {
  const nodes = join(etc, "nodes.yaml");
  const north = {
    name: "north",
    ariUrl: "http://10.0.0.11:8088",
    ariUser: "hearback",
    ariPassword: "secret",
  };
  writeFileSync(nodes, JSON.stringify([{ ...north, soundsFolder: "/sounds" }]));
  const emptied = inReadme(/^ {4}(HEARBACK_\w+=)$/gm);
  expect(emptied).toHaveLength(6);
  const single = inReadme(/^ {4}(HEARBACK_A[RM]I_\w+=).+$/gm);
  expect(single).toHaveLength(5);
  writeFileSync(
    join(etc, "a.env"),
    [...emptied, ...single, `HEARBACK_NODES=${nodes}`, "HEARBACK_TRUNK="].join("\n"),
  );
  const { env } = run(["doctor"]);
  rmSync(join(etc, "a.env"));
  expect(readSettings(settingKeys, env).nodes.map(({ name }) => name)).toEqual(["north"]);
});

it("takes another release's own settings too, where that is asked for", () => {
  const { env, told } = run(["@b", "doctor"]);
  expect(told.split("\n").slice(0, 2)).toEqual([join(folder, "opt/b"), "doctor"]);
  expect(env.HEARBACK_LISTEN).toBe("127.0.0.1:8081");
  expect(run(["doctor"]).env.HEARBACK_LISTEN).toBeUndefined();
});

it.each(["migrate", "restore"])("lets %s alone sign in as the owner", (command) => {
  expect(run([command]).env.HEARBACK_DATABASE_URL).toMatch(/^postgres:\/\/hearback_owner:/);
  expect(run(["backup"]).env.HEARBACK_DATABASE_URL).toMatch(/^postgres:\/\/hearback_serve:/);
});

it("tells what is missing or wrong, and never a value", () => {
  expect(run(["doctor"], { UNIT: join(folder, "none") })).toMatchObject({
    status: 1,
    stderr: `hearback: ${join(folder, "none")} cannot be read: copy docker/systemd/*.service there\n`,
  });
  expect(run(["@c", "doctor"]).stderr).toContain(`there is no release in ${join(folder, "opt/c")}`);
  expect(run(["@../x", "doctor"]).stderr).toBe("hearback: @../x names no release; write @a or @b\n");
  writeFileSync(join(etc, "a.env"), "\nHEARBACK_ correct-horse\n");
  const { stderr, status } = run(["doctor"]);
  rmSync(join(etc, "a.env"));
  expect(status).toBe(1);
  expect(stderr).toBe(`hearback: ${join(etc, "a.env")}: line 2 is not NAME=VALUE\n`);
});

it.runIf(process.getuid!() === 0)("is the unit's user, in its groups, without root's powers", () => {
  const other = join(folder, "other.service");
  // A program that anybody may start, wherever this test's folder lies.
  const text = unitBelow(folder, { user: "nobody", group: "nogroup", more: "adm" });
  writeFileSync(other, text.replace(/^ExecStart=.*$/m, "ExecStart=/usr/bin/cat serve"));
  const { told, status, stderr } = run(["/proc/self/status"], { UNIT: other });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(told).toMatch(/^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
  expect(told).toMatch(/^Groups:\s+4 65534\s*$/m);
  expect(told).toMatch(/^CapBnd:\s+0+$/m);
  expect(told).toMatch(/^NoNewPrivs:\s+1$/m);
});
