import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** Who may import whom (src/README.md). `rehearsal` and `app` join things; cli reaches adapters through them. */
const mayImport: Record<string, string[]> = {
  lib: [],
  access: ["lib"],
  alerts: ["lib"],
  flow: ["lib"],
  campaign: ["lib", "call", "flow"],
  call: ["lib", "flow", "campaign"],
  recording: ["lib"],
  transcript: ["lib", "recording"],
  result: ["lib", "flow", "transcript"],
  asterisk: ["lib", "call", "recording", "campaign"],
  postgres: [
    "lib",
    "access",
    "alerts",
    "web",
    "campaign",
    "call",
    "flow",
    "recording",
    "transcript",
    "result",
    "storage",
  ],
  storage: ["lib", "call", "flow", "recording"],
  speech: ["lib", "transcript"],
  notify: ["lib", "alerts"],
  web: ["lib", "access", "alerts", "result", "campaign", "call"],
};
const onlyHome: Record<string, string[]> = {
  "ari-client": ["asterisk"],
  "asterisk-manager": ["asterisk"],
  pg: ["postgres"],
  "graphile-worker": ["postgres"],
  fastify: ["web"],
  "prom-client": ["web"],
  nodemailer: ["notify"],
};
/** Plain, side-effect and dynamic imports alike. */
const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']/g;

function importsOf(text: string): string[] {
  return [...text.matchAll(importPattern)].flatMap(([, target]) => target ?? []);
}
const folderOf = (file: string) => (file.split("/").length > 2 ? (file.split("/")[1] ?? "") : "");
const files = globSync("src/**/*.ts").map((file) => ({ file, text: readFileSync(file, "utf8") }));

function faultsOf(file: string, text: string): string[] {
  const from = folderOf(file);
  const allowed = mayImport[from];
  return importsOf(text).flatMap((target) => {
    const to = /^#([a-z-]+)\//.exec(target)?.[1];
    if (to && allowed && to !== from && !allowed.includes(to)) return [`${file} imports ${target}`];
    const homes = onlyHome[target];
    return homes && !homes.includes(from) && allowed ? [`${file} imports ${target}: only ${homes} may`] : [];
  });
}

describe("the house", () => {
  it("keeps its import rules", () => {
    expect(files.flatMap(({ file, text }) => faultsOf(file, text))).toEqual([]);
  });

  it.each([
    'import { x } from "#asterisk/ari-line.ts";',
    'import "#postgres/pool.ts";',
    'const x = await import("#web/build-web.ts");',
    'import type { Pool } from "pg";',
  ])("would notice %s in a stage", (line) => {
    expect(faultsOf("src/campaign/dialer.ts", line)).toHaveLength(1);
  });

  it("reads the environment in one file only", () => {
    const readers = files.filter(({ text }) => /process\.env\b/.test(text)).map(({ file }) => file);
    expect(readers).toEqual(["src/config.ts"]);
  });

  it("has no number of a real telephone", () => {
    const numbers = files.flatMap(({ file, text }) =>
      [...text.matchAll(/(?:\+44|\b0)[1-9][0-9]{8,9}\b/g)].map(([number]) => ({ file, number })),
    );
    const drama = /^(?:\+44|0)(?:7700900\d{3}|1632960\d{3})$/;
    expect(
      numbers.filter(({ number, file }) => !drama.test(number) && !file.endsWith("phone-number.ts")),
    ).toEqual([]);
  });
});
