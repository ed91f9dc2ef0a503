import { knownHoles, versionFloor } from "./known-holes.ts";
import type { Rule } from "./rule.ts";
import { ruleBook } from "./rules.ts";

/** dialplans/asterisk/RULES.md: every rule, for people to read. */
export function rulesTable(): string {
  const count = ruleBook.reduce((sum, { rules }) => sum + rules.length, 0);
  return `# The linter's rules

\`hearback check\` and \`hearback doctor\` look at Asterisk's whole configuration by these ${count} rules. Each finding names the
rule, the file and the line, and what to write instead. A **fault** refuses a release; a warning does not.

This file is written by \`node src/rehearsal/write-rules.ts\`; a test compares it with the rules.
${ruleBook.map(({ about, rules }) => chapter(about, rules)).join("")}
## Asterisk's version

\`hearback doctor\` asks the running Asterisk: ${versionFloor.join(".")} or newer has none of these.

| hole | lets | mended in |
|---|---|---|
${knownHoles.map(({ name, what, fixedIn }) => `| ${name} | ${what} | ${fixedIn.join(".")} |\n`).join("")}`;
}

const chapter = (about: string, rules: readonly Rule[]): string => `
## ${about}

| rule | what is wrong | write instead | source |
|---|---|---|---|
${rules.map(row).join("")}`;

const row = ({ name, level, says, instead, source }: Rule): string =>
  `| \`${name}\`${level === "warning" ? " (warning)" : ""} | ${cell(says)} | ${cell(instead)} | ${cell(source)} |\n`;

const cell = (text: string): string => text.replaceAll("|", "\\|");
