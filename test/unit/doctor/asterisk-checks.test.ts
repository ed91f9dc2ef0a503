import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { neededModules } from "#dialplan/lint/needed-modules.ts";
import type { Check } from "#doctor/check.ts";
import { asterisk } from "#doctor/checks/asterisk.ts";
import { asteriskModules } from "#doctor/checks/asterisk-modules.ts";
import { clockOfAsterisk } from "#doctor/checks/clock.ts";
import { manager } from "#doctor/checks/manager.ts";
import { trunk } from "#doctor/checks/trunk.ts";
import { ivrModules } from "#rehearsal/asterisk/modules.ts";
import { fakeAmi, fakeAri } from "./fake-asterisk.ts";
import { told } from "./told.ts";

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const fake of open.splice(0)) fake.close();
});

async function withAri(
  check: Check,
  answers: Parameters<typeof fakeAri>[0],
  more: Record<string, string> = {},
) {
  const fake = await fakeAri(answers);
  open.push(fake);
  return { lines: await told(check, { ...fake.env, ...more }), asked: fake.asked };
}

async function withAmi(actions: readonly string[], more: Record<string, string> = {}) {
  const fake = await fakeAmi(actions);
  open.push(fake);
  return { lines: await told(manager, { ...fake.env, ...more }), seen: fake.seen };
}

const info = (version: string, entityId = "6a:08:23:be:ee:a7") => ({
  "GET asterisk/info": { body: { system: { version, entity_id: entityId } } },
});

describe("asterisk", () => {
  test.each(["22.8.1", "22.8", "20.99.1", "21.4.2", "18.26.4+dfsg-1"])(
    "%s has known holes",
    async (version) => {
      expect((await withAri(asterisk, info(version))).lines[0]).toBe(
        `fault: Asterisk ${version} has known holes`,
      );
    },
  );

  test.each(["22.8.2", "22.10.1+dfsg+~cs6.17.60671434-1", "23.0.0"])("%s will do", async (version) => {
    expect((await withAri(asterisk, info(version))).lines[0]).toBe(`ok: Asterisk ${version}`);
  });

  test("a user that may only read is found out by asking for what is not there", async () => {
    const denied = { "DELETE channels/hearback-doctor-asks": { status: 403 } };
    const { lines, asked } = await withAri(asterisk, { ...info("22.9.0"), ...denied });
    expect(lines[1]).toBe('fault: the ARI user "hearback" may not control calls (403)');
    expect(asked).toEqual(["GET asterisk/info", "DELETE channels/hearback-doctor-asks"]);
  });

  test("an entityid that is a network card's address", async () => {
    expect((await withAri(asterisk, info("22.9.0", "00:16:3e:11:22:33"))).lines[2]).toMatch(
      /^warning: its entityid/,
    );
    const own = Object.values(networkInterfaces())
      .flat()
      .find((card) => card && !card.internal)?.mac;
    if (own)
      expect((await withAri(asterisk, info("22.9.0", own))).lines[2]).toMatch(/^warning: its entityid/);
  });

  test("refused, or answered by something else", async () => {
    const refused = await withAri(asterisk, { "GET asterisk/info": { status: 401 } });
    expect(refused.lines).toEqual(['fault: Asterisk refuses the ARI user "hearback"']);
    expect((await withAri(asterisk, {})).lines[0]).toMatch(/^fault: .* answers, but not as ARI does/);
  });
});

describe("modules", () => {
  const list = (names: readonly string[], status = "Running") => ({
    "GET asterisk/modules": { body: names.map((name) => ({ name: `${name}.so`, status })) },
  });

  test("all that are needed are in our own modules.conf", () => {
    expect(neededModules.filter((name) => !ivrModules().includes(name))).toEqual([]);
  });

  test("one that is missing, or is there and does not run", async () => {
    const without = neededModules.filter((name) => name !== "res_stasis_snoop");
    const missing = await withAri(asteriskModules, list(without));
    expect(missing.lines).toEqual(["fault: Asterisk has not loaded res_stasis_snoop"]);
    const { lines } = await withAri(asteriskModules, list(neededModules, "Not Running"));
    expect(lines[0]).toMatch(/^fault: Asterisk has not loaded app_stasis, /);
  });

  test("one that starts programs", async () => {
    const { lines } = await withAri(asteriskModules, list([...neededModules, "app_system", "func_shell"]));
    expect(lines[1]).toBe("warning: Asterisk has loaded app_system, func_shell");
  });
});

describe("trunk", () => {
  const state = (state: string) => ({ "GET endpoints/PJSIP/trunk": { body: { state } } });

  test("there, away, unknown, and not there at all", async () => {
    expect((await withAri(trunk, state("online"))).lines).toEqual(['ok: the carrier answers on "trunk"']);
    expect((await withAri(trunk, state("offline"))).lines[0]).toBe(
      'fault: the carrier does not answer on "trunk"',
    );
    expect((await withAri(trunk, state("unknown"))).lines[0]).toMatch(/^warning: nobody knows whether/);
    expect((await withAri(trunk, {})).lines[0]).toBe('fault: Asterisk has no endpoint "trunk"');
  });
});

describe("clock", () => {
  const at = (offMs: number) => ({
    "GET asterisk/ping": { date: new Date(Date.now() + offMs).toUTCString() },
  });

  test.each([
    [60_000, /^fault: Asterisk's clock is (59|60)\.\d s ahead of ours/],
    [-60_000, /^fault: Asterisk's clock is 6[01]\.\d s behind ours/],
    [0, /^ok: Asterisk's clock and ours differ/],
  ])("%i ms away", async (offMs, line) => {
    expect((await withAri(clockOfAsterisk, at(offMs))).lines[0]).toMatch(line);
  });
});

describe("manager", () => {
  const both = ["Ping", "CoreStatus", "Reload"];

  test("asks for the list of what each may do, and tries none of it", async () => {
    const { lines, seen } = await withAmi(both);
    expect(lines.map((line) => line.slice(0, 3))).toEqual(["ok:", "ok:"]);
    expect([...new Set(seen)].sort()).toEqual(["ListCommands", "Login"]);
  });

  test.each(["Originate", "Command", "UpdateConfig", "Redirect"])(
    "a user that may also %s",
    async (action) => {
      const { lines } = await withAmi([...both, action]);
      expect(lines).toEqual([
        `fault: the health user "health" may also ${action}`,
        `fault: the release user "release" may also ${action}`,
      ]);
    },
  );

  test("a user that may too little, a wrong password, and no user at all", async () => {
    expect((await withAmi(["CoreStatus"])).lines[1]).toBe('fault: the release user "release" may not Reload');
    const wrong = await withAmi(both, { HEARBACK_AMI_HEALTH_PASSWORD: "guessed" });
    expect(wrong.lines[0]).toBe('fault: AMI refuses the health user "health": Authentication failed');
    const none = await withAmi(both, { HEARBACK_AMI_RELEASE_USER: "" });
    expect(none.lines[1]).toBe("warning: no release user is named");
    expect(await told(manager, {})).toEqual(["warning: AMI is not set up: Asterisk's health is not watched"]);
  });

  test("nobody there", async () => {
    const lines = await told(manager, { ...(await withAmiClosed()) });
    expect(lines[0]).toMatch(/^fault: AMI does not answer at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/);
  });

  async function withAmiClosed() {
    const fake = await fakeAmi([]);
    await new Promise((resolve) => fake.close().once("close", resolve));
    return fake.env;
  }
});
