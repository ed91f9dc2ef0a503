/** Part 4: what becomes of claims, imports, lists, searches and the board as visits grow by the thousandfold. */
import { startPostgres } from "#rehearsal/postgres.ts";
import { cpuSeconds, statOf } from "../../support/cpu.ts";
import { type Claims, measureClaims } from "../growth/claims.ts";
import { growDatabase, leastDue } from "../growth/database.ts";
import { type Import, measureImport } from "../growth/imports.ts";
import { measurePages, type PageTimes } from "../growth/pages.ts";
import type { Bench, Chart, Figure, Measured, Part } from "../part.ts";

interface Size {
  visits: number;
  claims: Claims;
  pages: PageTimes[];
}

const claimsASecond = 5_000;
const pageMs = 100;
const million = 1_000_000;

export const growth: Part = {
  ...{
    number: 4,
    name: "growth",
    title: "Claims, imports, lists, searches and the board among ever more visits",
  },
  method: [
    `For each size a database of its own is filled in SQL: campaigns over two years with attempts, calls, keys and histories, one in five visits with a story, and one campaign that runs and has a fifth of all visits due, though no fewer than ${leastDue.toLocaleString("en-GB")}: of the smallest, four in five.`,
    "16 claimers, with a connection each, claim 6,000 visits a hundred at a time, by the statement that the dialler uses and with all its rules on; the middle of the rounds is told.",
    "The list is imported by `hearback import` as a program of its own, on the smallest database; its memory is the kernel's high-water mark.",
    "Pages are asked for over HTTP as a signed-in coordinator of the whole trust, each time at another place; the 95th percentile is told.",
    "Postgres has 1 GB of shared buffers and writes durably.",
  ],
  limits: [
    "Claims are measured without the calls that follow: a call costs far more.",
    "What is under way is read once a claim, so that a claim takes as long however many calls there are, and whatever Postgres' sample of the attempts says of them.",
    "The drama ranges have two thousand numbers, which the imported people share.",
  ],
  run: async (bench) => {
    const postgres = await startPostgres({
      ...{ dir: `${bench.dir}/postgres`, durable: true, progress: bench.progress },
      settings: { shared_buffers: "1GB", max_wal_size: "8GB" },
    });
    bench.undo(() => postgres.stop());
    const cpu = () => ({ postgres: cpuSeconds(postgres.pid), node: statOf(process.pid)?.seconds ?? 0 });
    const before = cpu();
    const rows = bench.quick ? million / 10 : million;
    const sizes: Size[] = [];
    let imported: Import | null = null;
    for (const visits of sizesOf(bench)) {
      bench.signal.throwIfAborted();
      const size = visits.toLocaleString("en-GB");
      bench.progress(`making ${size} visits`);
      const grown = await growDatabase(postgres.url, visits);
      try {
        bench.progress(`${size} visits: claims`);
        const claims = await measureClaims(grown, bench.quick ? 3 : 7);
        bench.progress(`${size} visits: pages`);
        sizes.push({ visits, claims, pages: await measurePages(grown, bench.quick ? 20 : 100) });
        if (imported === null) {
          bench.progress(`importing ${rows.toLocaleString("en-GB")} rows`);
          imported = await measureImport(grown, rows, bench.dir);
        }
      } finally {
        await grown.close();
      }
    }
    const { postgres: ofPostgres, node } = cpu();
    const spent = { postgres: ofPostgres - before.postgres, node: node - before.node };
    return tell(bench, sizes, { ...imported!, rows }, spent);
  },
};

const sizesOf = ({ quick, large }: Bench): number[] =>
  quick ? [10_000, million / 10] : [10_000, million, ...(large ? [10 * million] : [])];

function tell(
  { quick, large }: Bench,
  sizes: readonly Size[],
  imported: Import & { rows: number },
  cpuSeconds: Record<string, number>,
): Measured {
  const [least, most] = [sizes[0]!, sizes.at(-1)!];
  const named = ({ visits }: Size) => `${visits.toLocaleString("en-GB")} visits`;
  const scaled = quick ? `, scaled from ${imported.rows.toLocaleString("en-GB")}` : "";
  const figures: Figure[] = [
    ...sizes.map((size) => ({
      ...{ name: `claims by 16 claimers, ${named(size)}`, value: size.claims.perSecond, unit: "a second" },
      goal: { atLeast: claimsASecond },
    })),
    {
      ...{ name: `claims among ${named(most)}, times those among ${named(least)}`, unit: "" },
      ...{ value: most.claims.perSecond / least.claims.perSecond, goal: { atLeast: 0.9 } },
    },
    {
      ...{ name: "visits claimed twice", unit: "", goal: { atMost: 0 } },
      value: sizes.reduce((sum, { claims }) => sum + claims.duplicates, 0),
    },
    {
      ...{ name: `import of a million rows${scaled}`, unit: "s", goal: { atMost: 40 } },
      value: (imported.seconds * million) / imported.rows,
    },
    { name: "memory of the import", value: imported.megabytes, unit: "MB", goal: { atMost: 300 } },
    ...sizes.flatMap((size) =>
      size.pages.map(({ name, p95Ms }) => ({
        ...{ name: `${name}, p95, ${named(size)}`, value: p95Ms, unit: "ms", goal: { atMost: pageMs } },
      })),
    ),
  ];
  const notes = large ? [] : ["Ten million visits were left out: `--large` has them."];
  return { figures, cpuSeconds, charts: chartsOf(sizes), notes };
}

function chartsOf(sizes: readonly Size[]): Chart[] {
  const points = (value: (size: Size) => number) =>
    sizes.map((size): [number, number] => [size.visits, value(size)]);
  const names = sizes[0]!.pages.map(({ name }) => name);
  return [
    {
      ...{ name: "4-claims", title: "Claims by 16 claimers", x: "visits", y: "claims a second", logX: true },
      series: [{ name: "claims", points: points(({ claims }) => claims.perSecond) }],
      goalY: claimsASecond,
    },
    {
      ...{ name: "4-pages", title: "Pages, 95th percentile", x: "visits", y: "ms", logX: true, logY: true },
      series: names.map((name) => ({
        name,
        points: points(({ pages }) => pages.find((page) => page.name === name)!.p95Ms),
      })),
      goalY: pageMs,
    },
  ];
}
