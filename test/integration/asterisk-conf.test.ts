/** Our reading of configuration files against Asterisk's own, and bad configurations that Asterisk takes all the same. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Conf } from "#dialplan/conf/conf.ts";
import { dialplanOf } from "#dialplan/conf/extensions.ts";
import { readConfFolder } from "#dialplan/conf/read-folder.ts";
import { type Ivr, prepareIvr } from "#rehearsal/asterisk/ivr.ts";
import { type Ports, reservePorts } from "#rehearsal/asterisk/ports.ts";
import { installPackages } from "#rehearsal/packages/install.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { badSeeds, patched, templateTexts } from "../support/asterisk-files.ts";
import { testFolder } from "../support/rehearsal.ts";

const tricky = repositoryFile("test/fixtures/asterisk/tricky");
const names = readdirSync(tricky).sort();
/** Ours, but for the two that this test changes, and the one that Asterisk reads before all others. */
const ownNames = readdirSync(repositoryFile("dialplans/asterisk")).filter(
  (name) => name.endsWith(".conf") && name !== "asterisk.conf",
);
const secret = "Vd7Kq2Xm9Rt4Lc8Wz3Nb6Hs5";

let folder: { path: string; remove(): void };
let ports: Ports;
let ivr: Ivr;

beforeAll(async () => {
  folder = testFolder("conf");
  const templates = join(folder.path, "templates");
  cpSync(repositoryFile("dialplans/asterisk"), templates, { recursive: true });
  for (const name of names) cpSync(join(tricky, name), join(templates, name));
  // The reader is this test's: it asks Asterisk how it reads files, wherever they lie.
  change(templates, "manager.conf", /$/, `\n[reader]\nsecret = ${secret}\nread =\nwrite = config\n`);
  cpSync(repositoryFile("test/fixtures/asterisk/dialplan.conf"), join(templates, "dialplan.conf"));
  change(templates, "extensions.conf", /$/, '\n#include "dialplan.conf"\n');
  change(templates, "asterisk.conf", "live_dangerously = no", "live_dangerously = yes");
  const packages = await installPackages({ into: repositoryFile(".hearback/packages") });
  ports = await reservePorts({ maxCalls: 5 });
  const trunk = { host: "127.0.0.1", port: 9 };
  ivr = await prepareIvr({ dir: join(folder.path, "ivr"), packages, ports, trunk, templates });
  await ivr.start();
});

afterAll(async () => {
  await ivr?.close();
  ports?.release();
  folder?.remove();
});

function change(templates: string, name: string, from: string | RegExp, to: string): void {
  const path = join(templates, name);
  writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
}

/** What Asterisk's manager answers to GetConfig. */
function getConfig(name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(ivr.amiPort, "127.0.0.1").setEncoding("utf8");
    let said = "";
    socket.on("error", reject);
    socket.on("data", (text: string) => {
      said += text;
      const answer = said
        .split("\r\n\r\n")
        .slice(0, -1)
        .find((block) => block.includes("ActionID: asked"));
      if (answer === undefined) return;
      socket.destroy();
      resolve(answer);
    });
    socket.write(`Action: Login\r\nUsername: reader\r\nSecret: ${secret}\r\nEvents: off\r\n\r\n`);
    socket.write(
      `Action: GetConfig\r\nActionID: asked\r\nFilename: ${name}\r\nFilter: TEMPLATES=include\r\n\r\n`,
    );
  });
}

/** Sections as GetConfig tells them: name, whether a template, parents, then the lines. Null: refused. */
function asTold(answer: string): string[] | null {
  if (answer.startsWith("Response: Error")) return null;
  const sections = new Map<string, { head: string[]; lines: string[] }>();
  for (const row of answer.split("\r\n")) {
    const [, word = "", number = "", rest = ""] = /^(\w+)-(\d{6})(?:-\d{6})?: (.*)$/s.exec(row) ?? [];
    const section = sections.get(number) ?? { head: [], lines: [] };
    if (word !== "") sections.set(number, section);
    if (word === "Line") section.lines.push(rest);
    else section.head.push(word === "IsTemplate" ? "(!)" : rest);
  }
  return [...sections.values()].map(({ head, lines }) => [...head, ...lines].join("|"));
}

/** "[ Context 'a' created by ...", and below it "'exten' => 1. App(args) [file:line]", "[label] 2. App(args) ...". */
function dialplanShown(text: string): string[] {
  let context = "";
  let extension = "";
  return text.split("\n").flatMap((row) => {
    const [, name, by] = /^\[ Context '([^']*)' created by '([^']*)' \]/.exec(row) ?? [];
    if (name !== undefined) context = by === "pbx_config" ? name : "";
    const [head = "", pattern, callerId] = /^ {2}'([^']*)'(?: \(CID match '([^']*)'\))? =>/.exec(row) ?? [];
    if (pattern !== undefined) extension = callerId === undefined ? pattern : `${pattern}/${callerId}`;
    const line = /^\s*(?:\[(\w+)\]\s*)?(\d+)\. (.*?)\s+\[\S+:\d+\]$/.exec(row.slice(head.length));
    return context !== "" && line ? [[context, extension, line[2], line[1] ?? "", line[3]].join(" ")] : [];
  });
}

function asRead(conf: Conf): string[] | null {
  if (conf.troubles.some(({ fatal, at }) => fatal && at.file === conf.file)) return null;
  return conf.sections.map(({ name, template, parents, settings }) =>
    [
      ...[name, ...(template ? ["(!)"] : []), ...(parents.length > 0 ? [parents.join(",")] : [])],
      ...settings.map(({ key, value }) => `${key}=${value}`),
    ].join("|"),
  );
}

/** All that the running Asterisk reads, its site.conf too. */
function readEtc(): Map<string, Conf> {
  const etc = join(ivr.dir, "etc");
  const files = readdirSync(etc).map((name) => [`asterisk/${name}`, readFileSync(join(etc, name))] as const);
  return readConfFolder(new Map(files), { whole: true });
}

describe("Asterisk's reading and ours", () => {
  test.each([...names, ...ownNames])("%s", async (name) => {
    expect(asRead(readEtc().get(name)!)).toEqual(asTold(await getConfig(name)));
  });

  test("of a dialplan", async () => {
    const shown = dialplanShown(await ivr.cli("dialplan show"));
    const ours = dialplanOf(readEtc().get("extensions.conf")!).flatMap(({ name: context, extensions }) =>
      extensions.map(({ name, callerId, priority, label, app, args }) =>
        [context, callerId ? `${name}/${callerId}` : name, priority, label ?? "", `${app}(${args})`].join(
          " ",
        ),
      ),
    );
    expect(ours.toSorted()).toEqual(shown.toSorted());
    expect(ours.length).toBeGreaterThan(20);
  });
});

/** Asterisk comes up with it and has nothing to say against it: only the linter finds it. */
describe("bad configurations that Asterisk takes", () => {
  const accepted = badSeeds().filter((seed) => seed.accepted);
  // All were started once, in three minutes; each time these.
  const some = accepted.filter((_seed, index) => index % 7 === 0);

  test("are most of them", () => {
    expect(accepted.length).toBeGreaterThan(80);
    expect(some.length).toBeGreaterThan(10);
  });

  test.each(some.map((seed) => [seed.name, seed] as const))("%s", async (_name, seed) => {
    const templates = join(folder.path, "templates");
    for (const [name, text] of Object.entries(patched(templateTexts(), seed)))
      writeFileSync(join(templates, name), text);
    await ivr.stop();
    writeFileSync(join(ivr.logDir, "messages"), "");
    await ivr.start();
    expect(readFileSync(join(ivr.logDir, "messages"), "utf8")).not.toMatch(/ERROR/);
  });
});
