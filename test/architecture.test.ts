import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { describe, expect, it } from "vitest";

/**
 * Who may import whom (src/README.md): folders, or files of src/ itself. `rehearsal` and the files of src/ join things,
 * and are not in this table; cli gets adapters as values from them.
 */
const mayImport: Record<string, string[]> = {
  lib: [],
  access: ["lib"],
  alerts: ["lib"],
  flow: ["lib"],
  prompts: ["lib", "flow", "call", "release"],
  dialplan: ["lib", "release"],
  walk: ["lib", "flow", "call", "release"],
  release: ["lib", "flow", "prompts", "dialplan", "walk", "call", "campaign"],
  campaign: ["lib", "call", "flow"],
  call: ["lib", "flow", "campaign"],
  recording: ["lib"],
  transcript: ["lib", "recording"],
  result: ["lib", "flow", "transcript"],
  asterisk: ["lib", "call", "recording", "campaign", "dialplan"],
  postgres: [
    "lib",
    "access",
    "alerts",
    "web",
    "campaign",
    "call",
    "flow",
    "prompts",
    "dialplan",
    "release",
    "recording",
    "transcript",
    "result",
    "storage",
  ],
  storage: ["lib", "call", "flow", "prompts", "release", "recording", "dialplan"],
  speech: ["lib", "transcript"],
  notify: ["lib", "alerts"],
  oidc: ["lib", "access"],
  web: ["lib", "access", "alerts", "result", "campaign", "call", "flow", "prompts", "release", "walk"],
  cli: ["lib", "access", "campaign", "call", "flow", "prompts", "dialplan", "release", "walk", "config.ts"],
};
/** Single files that join what their folder may not: each loads it when a command first needs it. */
const joints: Record<string, string[]> = {
  "src/cli/services.ts": ["app.ts", "prompt-studio.ts", "open-database.ts", "storage"],
  "src/cli/demo.ts": ["rehearsal"],
  "src/cli/flow-walk.ts": ["rehearsal"],
  "src/cli/dialplan-apply.ts": ["postgres"],
  "src/cli/dialplan-check.ts": ["rehearsal"],
  "src/cli/dialplan-nodes.ts": ["asterisk", "storage"],
  "src/cli/doctor.ts": ["doctor"],
  "src/cli/backup.ts": ["backup", "postgres", "storage"],
  "src/cli/restore.ts": ["backup", "postgres", "storage"],
  "src/cli/keys.ts": ["postgres", "storage"],
  "src/cli/recordings.ts": ["postgres", "recording", "storage", "story-folder.ts", "verify"],
  "src/cli/prompts-say.ts": ["rehearsal"],
  "src/cli/verify.ts": ["verify", "postgres", "storage"],
};
const onlyHome: Record<string, string[]> = {
  "ari-client": ["asterisk"],
  "asterisk-manager": ["asterisk"],
  pg: ["postgres"],
  "graphile-worker": ["postgres"],
  fastify: ["web"],
  "prom-client": ["web"],
  nodemailer: ["notify"],
  "openid-client": ["oidc"],
  "@node-rs/argon2": ["access"],
  uqr: ["web"],
  "@dagrejs/dagre": ["walk"],
  zod: ["flow", "prompts", "walk", "campaign", "storage"],
};
/** Plain, side-effect and dynamic imports alike. */
const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"']+)["']/g;

function importsOf(text: string): string[] {
  return [...text.matchAll(importPattern)].flatMap(([, target]) => target ?? []);
}
/** "src/call/line.ts" lies in "call"; "src/app.ts" is a place of its own. */
const placeOf = (file: string): string => file.split("/")[1] ?? "";

/** The place of ours that is imported; null for a package. */
function placeImported(file: string, target: string): string | null {
  if (target.startsWith("#")) return placeOf(`src/${target.slice(1)}`);
  return target.startsWith(".") ? placeOf(join(dirname(file), target)) : null;
}
const files = globSync("src/**/*.ts").map((file) => ({ file, text: readFileSync(file, "utf8") }));

function faultsOf(file: string, text: string): string[] {
  const from = placeOf(file);
  const allowed = mayImport[from] && [from, ...mayImport[from], ...(joints[file] ?? [])];
  const mayReach = (to: string) =>
    allowed ? allowed.includes(to) : to !== "rehearsal" || ["rehearsal", "doctor"].includes(from);
  return importsOf(text).flatMap((target) => {
    const to = placeImported(file, target);
    if (to !== null && !mayReach(to)) return [`${file} imports ${target}`];
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

  it.each([
    ["src/campaign/dialer.ts", 'import { x } from "../postgres/pool.ts";'],
    ["src/flow/steps/menu.ts", 'import { x } from "../../config.ts";'],
    ["src/call/run-call.ts", 'import { z } from "zod";'],
    ["src/cli/results.ts", 'import { x } from "#postgres/results.ts";'],
    ["src/cli/results.ts", 'const { openDatabase } = await import("#open-database.ts");'],
    ["src/cli/call.ts", 'import { Rehearsal } from "#rehearsal/rehearsal.ts";'],
    ["src/cli/demo.ts", 'import { openDatabase } from "#open-database.ts";'],
    ["src/app.ts", 'import { people } from "#rehearsal/people/people.ts";'],
  ])("would notice in %s: %s", (file, line) => {
    expect(faultsOf(file, line)).toHaveLength(1);
  });

  it.each([
    ["src/cli/demo.ts", 'import { runDemo } from "#rehearsal/demo/run-demo.ts";'],
    ["src/cli/services.ts", 'await import("#open-database.ts")'],
    ["src/flow/steps/menu.ts", 'import { spoken } from "../say.ts";'],
    ["src/rehearsal/rehearsal.ts", 'import { createApp } from "#app.ts";'],
  ])("lets %s: %s", (file, line) => {
    expect(faultsOf(file, line)).toEqual([]);
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
