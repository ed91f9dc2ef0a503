import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { describeSettings, readSettings, settingKeys, settingNames } from "#config.ts";
import { repositoryFile } from "#rehearsal/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "hearback-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fault = (key: Parameters<typeof readSettings>[0][number], env: Record<string, string>): string => {
  try {
    readSettings([key], env);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

const whole = {
  HEARBACK_DATABASE_URL: "postgres://hearback@db/hearback",
  HEARBACK_DATA_KEY: "ab".repeat(32),
  HEARBACK_ARI_URL: "http://asterisk:8088/",
  HEARBACK_ARI_USER: "hearback",
  HEARBACK_ARI_PASSWORD: "secret",
  HEARBACK_STORY_FOLDER: "/stories",
  HEARBACK_SOUNDS_FOLDER: "/sounds",
  HEARBACK_SPEECH_ENGINE: "none",
};

describe("settings", () => {
  it("are read, with what is not given filled in", () => {
    const settings = readSettings(settingKeys, whole);
    const [node] = settings.nodes;
    expect(node!.ariUrl).toBe("http://asterisk:8088");
    expect(settings.dataKey).toEqual(Buffer.alloc(32, 0xab));
    expect(settings.listen).toEqual({ host: "127.0.0.1", port: 8080 });
    expect(settings.ariApp).toBe("hearback");
    expect(node).toMatchObject({ name: "asterisk", amiHost: null, amiPort: 5038, weight: 1, maxCalls: null });
  });

  it("are demanded only from those who need them", () => {
    const env = { HEARBACK_DATABASE_URL: whole.HEARBACK_DATABASE_URL };
    expect(readSettings(["databaseUrl"], env)).toEqual({ databaseUrl: whole.HEARBACK_DATABASE_URL });
  });

  it("are told all together when they are wrong", () => {
    const env = { ...whole, HEARBACK_ARI_URL: "", HEARBACK_AMI_PORT: "ten" };
    expect(() => readSettings(["nodes", "listen"], env)).toThrow(
      [
        "2 settings are wrong:",
        "  HEARBACK_ARI_URL is missing, e.g. http://asterisk:8088",
        '  HEARBACK_AMI_PORT="ten" is not a port, a whole number from 1 to 65535, e.g. 5038',
      ].join("\n"),
    );
  });

  it.each([
    [
      "speechEngine",
      { HEARBACK_SPEECH_ENGINE: "" },
      "1 setting is wrong:\n  HEARBACK_SPEECH_ENGINE is missing",
    ],
    ["speechEngine", { HEARBACK_SPEECH_ENGINE: "whisper" }, "is none of none, pocketsphinx"],
    [
      "nodes",
      { HEARBACK_ARI_URL: "asterisk:8088" },
      "is not an address that begins with http:// or https://",
    ],
    ["listen", { HEARBACK_LISTEN: "8080" }, "is not an address and a port"],
    ["publicUrl", { HEARBACK_PUBLIC_URL: "http://hearback.example" }, "does not begin with https://"],
    [
      "publicUrl",
      { HEARBACK_PUBLIC_URL: "https://trust.example/hearback" },
      "more to it than a host and a port",
    ],
    ["trustedProxies", { HEARBACK_TRUSTED_PROXIES: "loopback, proxy.example" }, 'has "proxy.example"'],
    ["trustedProxies", { HEARBACK_TRUSTED_PROXIES: "10.0.0.0/33" }, "which is no address"],
    ["listen", { HEARBACK_LISTEN: "[::1]:99999" }, "is not a port"],
    ["nodes", { HEARBACK_TRUNK: "trunk/../x" }, "is not one word"],
    ["maxCalls", { HEARBACK_MAX_CALLS: "0" }, "is not a whole number from 1 to 10000"],
    [
      "alertWebhookUrl",
      { HEARBACK_ALERT_WEBHOOK_URL: "http://alerts.example" },
      "does not begin with https://",
    ],
    ["alertMailTo", { HEARBACK_ALERT_MAIL_TO: "a@b.example, nobody" }, "is no e-mail address"],
    ["dataKey", { HEARBACK_DATA_KEY: "c2hvcnQ=" }, "is not 32 bytes"],
    ["dataKey", { HEARBACK_DATA_KEY: `${"ab".repeat(31)}zz` }, "is not 32 bytes"],
  ] as const)("refuse %s as %j", (key, env, told) => {
    expect(fault(key, env)).toContain(told);
  });

  it("never show a secret's value", () => {
    expect(fault("dataKey", { HEARBACK_DATA_KEY: "hunter2" })).not.toContain("hunter2");
    expect(fault("databaseUrl", { HEARBACK_DATABASE_URL: "mysql://u:hunter2@db" })).not.toContain("hunter2");
  });

  it("may come from files, as Docker and systemd hand over secrets", () => {
    const path = join(folder, "key");
    writeFileSync(path, `${"cd".repeat(32)}\n`);
    expect(readSettings(["dataKey"], { HEARBACK_DATA_KEY_FILE: path }).dataKey).toEqual(
      Buffer.alloc(32, 0xcd),
    );
    expect(fault("dataKey", { HEARBACK_DATA_KEY_FILE: join(folder, "none") })).toContain(
      "cannot be read (ENOENT)",
    );
    expect(fault("dataKey", { ...whole, HEARBACK_DATA_KEY_FILE: path })).toContain("are both given");
  });

  it("that need each other are told so", () => {
    const rough = { ...whole, HEARBACK_SPEECH_ENGINE: "pocketsphinx", HEARBACK_AMI_HOST: "asterisk" };
    expect(() => readSettings(settingKeys, rough)).toThrow(
      /2 settings are wrong:\n {2}HEARBACK_AMI_HEALTH_USER is missing.*\n {2}HEARBACK_POCKETSPHINX is missing/,
    );
  });

  it("of alerts need each other too", () => {
    const given = {
      ...whole,
      HEARBACK_ALERT_WEBHOOK_URL: "http://127.0.0.1:9/x",
      HEARBACK_SMTP_URL: "smtp://localhost",
    };
    expect(() => readSettings(settingKeys, given)).toThrow(
      /3 settings are wrong:\n {2}HEARBACK_ALERT_WEBHOOK_SECRET is missing.*\n {2}HEARBACK_ALERT_MAIL_FROM.*\n {2}HEARBACK_ALERT_MAIL_TO/,
    );
  });

  it("of a speech engine are demanded where it is the one", () => {
    const env = (engine: string) => ({ ...whole, HEARBACK_SPEECH_ENGINE: engine });
    expect(() => readSettings(settingKeys, env("google"))).toThrow(
      /^1 setting is wrong:\n {2}HEARBACK_GOOGLE_PROJECT is missing, .*: HEARBACK_SPEECH_ENGINE is google$/,
    );
    expect(() => readSettings(settingKeys, env("openai-compatible"))).toThrow(
      /^2 settings are wrong:\n {2}HEARBACK_OPENAI_URL is missing.*\n {2}HEARBACK_OPENAI_MODEL is missing/,
    );
  });

  it("name files for phrases, certificates and credentials, which are looked into at once", () => {
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const phrases = file("phrases", "Ward 7B\r\n\n# drugs\napixaban \nWard 7B\n");
    expect(readSettings(["speechPhrases"], { HEARBACK_SPEECH_PHRASES: phrases })).toEqual({
      speechPhrases: ["Ward 7B", "apixaban"],
    });
    const long = file("long", `short\n${"x".repeat(101)}`);
    expect(fault("speechPhrases", { HEARBACK_SPEECH_PHRASES: long })).toContain(
      "has more than 100 letters in its line 2",
    );
    const many = file("many", Array.from({ length: 5001 }, (_, i) => `phrase ${i}`).join("\n"));
    expect(fault("speechPhrases", { HEARBACK_SPEECH_PHRASES: many })).toContain("more than 5000 phrases");
    expect(fault("openaiCa", { HEARBACK_OPENAI_CA: phrases })).toContain("is not a PEM file");
    const nowhere = join(folder, "nowhere");
    for (const [key, name] of [
      ["speechPhrases", "HEARBACK_SPEECH_PHRASES"],
      ["openaiCa", "HEARBACK_OPENAI_CA"],
      ["googleCredentials", "HEARBACK_GOOGLE_CREDENTIALS"],
    ] as const)
      expect(fault(key, { [name]: nowhere })).toContain("cannot be read (ENOENT)");
    expect(fault("speechLanguage", { HEARBACK_SPEECH_LANGUAGE: "English" })).toContain("BCP 47");
  });

  it("stand in the README as they are in the table", () => {
    const readme = readFileSync(repositoryFile("README.md"), "utf8");
    const [, told] = /<!-- settings -->\n([\s\S]*?)\n<!-- \/settings -->/.exec(readme) ?? [];
    const remedy = "README.md must hold describeSettings() between <!-- settings --> and <!-- /settings -->";
    expect(told?.trim(), remedy).toBe(describeSettings());
  });

  it("are each described", () => {
    for (const name of settingNames) expect(describeSettings()).toContain(`| \`${name}\` |`);
  });
});
