/** npm run bench:readme: README.md and the charts, from results.json. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryFile } from "#rehearsal/repository.ts";
import { readBeside } from "./beside.ts";
import { drawChart } from "./chart.ts";
import { parts } from "./parts.ts";
import { writeReadme } from "./readme.ts";
import { readResults } from "./results.ts";

const folder = repositoryFile("test/bench");
const results = readResults(join(folder, "results.json"));
const charts = (results?.parts ?? []).flatMap(({ outcome }) =>
  outcome.kind === "measured" ? outcome.charts : [],
);
rmSync(join(folder, "charts"), { recursive: true, force: true });
if (charts.length > 0) mkdirSync(join(folder, "charts"));
for (const chart of charts) writeFileSync(join(folder, "charts", `${chart.name}.svg`), drawChart(chart));
writeFileSync(join(folder, "README.md"), writeReadme(results, parts, readBeside(folder)));
process.stdout.write(`test/bench/README.md and ${charts.length} charts\n`);
