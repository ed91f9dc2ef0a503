import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { carrierModules, ivrModules } from "#rehearsal/asterisk/modules.ts";
import { reservePorts } from "#rehearsal/asterisk/ports.ts";
import { repositoryFile } from "#rehearsal/repository.ts";

const folder = repositoryFile("dialplans/asterisk");
const templates = readdirSync(folder).filter((name) => name.endsWith(".conf"));

/** The lines of a template that Asterisk acts on, without comments. */
function settings(name: string): string[] {
  const lines = readFileSync(join(folder, name), "utf8").split("\n");
  return lines.map((line) => line.replace(/;.*/, "").trim()).filter((line) => line !== "");
}

describe.each(templates)("dialplans/asterisk/%s", (name) => {
  test("holds no secret, port, address or path", () => {
    for (const line of settings(name)) {
      expect(line).not.toMatch(/^(secret|password|auth_password)\s*=/);
      expect(line).not.toMatch(/^(bind|bindaddr|bindport|port|contact|match|rtpstart|rtpend)\s*=/);
      expect(line).not.toMatch(/=>?\s*\/|\d+\.\d+\.\d+\.\d+:\d+/);
    }
  });

  test("says in comments what it is for", () => {
    expect(readFileSync(join(folder, name), "utf8")).toMatch(/^; \S/);
  });
});

describe("the ivr's settings that keep it safe", () => {
  test.each([
    ["asterisk.conf", "live_dangerously = no"],
    ["asterisk.conf", "disable_remote_console_shell = yes"],
    ["asterisk.conf", "transmit_silence = yes"],
    ["http.conf", "enable_static = no"],
    ["http.conf", "enable_status = no"],
    ["pjsip.conf", "endpoint_identifier_order = ip"],
    ["pjsip.conf", "identify_by = ip"],
    ["pjsip.conf", "allow = alaw,ulaw"],
    ["pjsip.conf", "allow_transfer = no"],
    ["pjsip.conf", "allow_subscribe = no"],
    ["modules.conf", "autoload = no"],
  ])("%s: %s", (name, line) => {
    expect(settings(name)).toContain(line);
  });

  test("no module that starts programs, rings numbers or reads the environment", () => {
    const forbidden =
      /^(app_(system|originate|exec|externalivr|db|voicemail|meetme|confbridge)|func_(shell|env|db|odbc|curl)|res_(agi|clioriginate|pjsip_messaging|http_media_cache|stir_shaken)|pbx_spool|chan_(audiosocket|websocket|iax2))$/;
    expect(ivrModules().filter((module) => forbidden.test(module))).toEqual([]);
    expect(ivrModules().length).toBeGreaterThan(50);
  });

  test("no AMI user has more than two narrow rights", () => {
    const rights = settings("manager.conf").filter((line) => line.startsWith("write ="));
    expect(rights).toEqual(["write = reporting", "write = system"]);
  });
});

test("the carrier plays with what the dialplan of people needs", () => {
  const needed = ["app_waitforsilence", "app_senddtmf", "app_record", "app_playback", "app_mixmonitor"];
  expect(carrierModules).toEqual(expect.arrayContaining(needed));
});

describe("ports", () => {
  test("reserved at the same time never overlap, and come back when let go", async () => {
    const reserved = await Promise.all(Array.from({ length: 6 }, () => reservePorts({ maxCalls: 200 })));
    const ranges = reserved.map(({ sip, rtp }) => [sip, rtp.last] as const).sort((a, b) => a[0] - b[0]);
    for (const [index, [first]] of ranges.entries()) {
      if (index > 0) expect(first).toBeGreaterThan(ranges[index - 1]![1]);
    }
    for (const { rtp } of reserved) expect(rtp.last - rtp.first + 1).toBeGreaterThanOrEqual(800);
    for (const ports of reserved) ports.release();
  });

  test("say so where there are not enough", async () => {
    await expect(reservePorts({ maxCalls: 100_000 })).rejects.toThrow(/no 400000 RTP ports/);
  });
});
