/** test/bench/README.md, written from the results and from what the parts say of themselves. */
import type { Machine } from "./machine.ts";
import { isMet, type Part } from "./part.ts";
import type { PartResult, Results } from "./results.ts";
import { tellCpu, tellGoal, tellNumber, tellValue } from "./table.ts";

/** What stands beside the results, in files of its own. */
export interface Beside {
  /** bounds.json: of a call, by what is counted. */
  bounds: Readonly<Record<string, number>>;
  /** profiles.json, written by hand after a profile was taken: what holds a goal that is missed. */
  profiles: readonly ProfileTaken[];
}

export interface ProfileTaken {
  /** As the parts number themselves. */
  part: number;
  goal: string;
  /** What was seen, and what it follows from. */
  found: string;
  command: string;
  /** ISO 8601, the day. */
  date: string;
}

/** @param results null: none have been taken yet */
export function writeReadme(results: Results | null, parts: readonly Part[], beside: Beside): string {
  const sections = parts.map((part) =>
    sectionOf(
      part,
      results?.parts.find(({ number }) => number === part.number),
    ),
  );
  const all = [opening, figuresOf(results), howTo, ...sections, holdsOf(beside), gateOf(beside)];
  return `${all.filter((section) => section !== "").join("\n\n")}\n`;
}

const opening = `<!-- Written by npm run bench:readme from results.json and the parts. Not by hand. -->
# What Hearback costs, how fast it answers, how far it goes

One program measures all of it, on one machine, on loopback: \`npm run bench\`. The far end of the calls, Asterisk,
Postgres and Hearback share the machine's cores, and each part tells the seconds of CPU that each of them took.`;

const howTo = `## To repeat it

\`\`\`
npm run bench                  # all parts, in some 40 minutes; then npm run bench:readme writes this file and the charts
npm run bench -- --large       # among ten million visits too, and part 5 in all sizes: an hour or more
npm run bench -- --quick       # in five minutes, with fewer measurements: to see that all is well, not for figures
npm run bench -- --part 2      # one part
npm run bench -- --list        # the parts
npm run bench:profile          # where Node's time goes under calls
\`\`\`

Let nothing else run meanwhile: what others take of the cores is in every figure. The load before the run is kept with
the results. Each part is kept in \`.hearback/bench/run-*.json\` as soon as it ends; only a run that came to its end and
measured all parts takes the place of \`results.json\`, and all figures below are of that one run.`;

function figuresOf(results: Results | null): string {
  if (!results) return "**No figures were taken yet**: there is no `results.json`.";
  const failed = results.quick ? "\n\nThis was a quick run: its figures are rough." : "";
  const cut = results.finished ? "" : "\n\nThe run was interrupted: what is missing below was not measured.";
  return `## The machine\n\n${machineRows(results.machine)}${failed}${cut}`;
}

function holdsOf({ profiles }: Beside): string {
  if (profiles.length === 0) return "";
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const rows = profiles.map(
    ({ part, goal, found, command, date }) =>
      `| ${part} | ${cell(goal)} | ${cell(found)} | \`${cell(command)}\` | ${date} |`,
  );
  return `## What holds the goals that are hard to meet

By a profile each, taken by the command and on the day beside it (\`profiles.json\`, written by hand).

| part | goal | what holds it | command | taken |
|---:|---|---|---|---|
${rows.join("\n")}`;
}

function gateOf({ bounds }: Beside): string {
  const rows = Object.entries(bounds).map(([what, most]) => `| ${countedNames[what] ?? what} | ${most} |`);
  return `## The gate, which is not a timed test

CI counts what does not depend on the machine, and fails where a call costs more than \`bounds.json\` allows
(\`test/long/cost-of-a-call.test.ts\`, on real telephones). It also has Postgres tell the plans of what is asked all the
time among a million visits: an index by its name, no big table read whole
(\`test/long/plans-at-a-million.test.ts\`). Who makes a call cheaper lowers the bound; who must raise it says why.

| of a call | at most |
|---|---:|
${rows.join("\n")}`;
}

const countedNames: Readonly<Record<string, string>> = {
  statements: "SQL statements",
  roundTrips: "round trips to Postgres",
  ariRequests: "ARI requests",
  ariEvents: "ARI events",
  logLines: "lines of log",
};

function machineRows({ cpu, cores, memoryMib, kernel, versions, ...rest }: Machine): string {
  const rows: [string, string][] = [
    ["processor", `${cpu}, ${cores} cores`],
    ["memory", `${tellNumber(Math.round(memoryMib / 1024))} GiB`],
    ["kernel", kernel],
    ...Object.entries(versions),
    ["begun", rest.startedAt],
    ["load before", tellNumber(rest.loadBefore)],
    ["commit", rest.commit ?? "unknown"],
  ];
  return `| | |\n|---|---|\n${rows.map(([what, value]) => `| ${what} | ${value} |`).join("\n")}`;
}

function sectionOf(part: Part, result: PartResult | undefined): string {
  return [
    `## ${part.number}. ${part.title}`,
    part.method.join(" "),
    ...(result ? outcomeOf(result) : []),
    `**What this does not say, and how it grows.** ${part.limits.join(" ")}`,
  ].join("\n\n");
}

function outcomeOf({ outcome, seconds }: PartResult): string[] {
  if (outcome.kind !== "measured") {
    const how = outcome.kind === "skipped" ? "Left out in this run" : "It could not be measured in this run";
    return [`${how}: ${outcome.because}`];
  }
  const rows = outcome.figures.map((figure) => {
    const met = figure.goal ? (isMet(figure) ? "met" : "**missed**") : "";
    return `| ${figure.name} | ${tellValue(figure)} | ${tellGoal(figure)} | ${met} |`;
  });
  return [
    `| | measured | goal | |\n|---|---:|---|---|\n${rows.join("\n")}`,
    `It took ${tellNumber(seconds)} s. CPU: ${tellCpu(outcome.cpuSeconds) || "not counted"}.`,
    ...(outcome.notes.length > 0 ? [outcome.notes.join(" ")] : []),
    ...outcome.charts.map(({ name, title }) => `![${title}](charts/${name}.svg)`),
  ];
}
