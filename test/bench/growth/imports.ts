/** How fast a list comes in by `hearback import`, with all its checks, and how much memory that takes. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import { readNhsNumber } from "#campaign/nhs-number.ts";
import { createCampaign } from "#postgres/campaigns.ts";
import { dramaNumber } from "#rehearsal/drama-numbers.ts";
import { repositoryFile } from "#rehearsal/repository.ts";
import { dataKey, type Grown, settings, trust } from "./database.ts";

export interface Import {
  seconds: number;
  /** At its most, of the importing process. */
  megabytes: number;
}

/** @throws where not every row is imported */
export async function measureImport({ owner, ownerUrl }: Grown, rows: number, dir: string): Promise<Import> {
  const campaign = await createCampaign(owner, {
    name: "import",
    trust,
    unit: "all",
    rehearsal: true,
    settings,
  });
  const file = join(dir, "visits.csv");
  await writeList(file, rows);
  const began = performance.now();
  const child = spawn(repositoryFile("src/cli/hearback"), ["import", file, "--campaign", campaign.name], {
    env: { ...process.env, HEARBACK_DATABASE_URL: ownerUrl, HEARBACK_DATA_KEY: dataKey.toString("hex") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const over = new AbortController();
  const watched = watchMemory(child.pid!, over.signal);
  const [status] = await once(child, "exit");
  const seconds = (performance.now() - began) / 1000;
  over.abort();
  const { rows: found } = await owner.query<{ count: number }>(
    "select count(*)::int as count from visit where campaign_id = $1",
    [campaign.id],
  );
  if (status !== 0 || found[0]!.count !== rows) throw new Error(`the import ended with ${status}: ${said}`);
  return { seconds, megabytes: await watched };
}

/** Its high-water mark, as the kernel keeps it; the last that could be read. */
async function watchMemory(pid: number, signal: AbortSignal): Promise<number> {
  let megabytes = 0;
  try {
    for await (const _ of setInterval(50, null, { signal })) {
      const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      if (kilobytes) megabytes = (Number(kilobytes) * 1024) / 1e6;
    }
  } catch {
    // It has ended.
  }
  return megabytes;
}

/** As a trust would hand it in; the drama ranges have two thousand numbers, so people share them. */
async function writeList(file: string, rows: number): Promise<void> {
  const out = createWriteStream(file);
  out.write("visit_ref,phone,given_name,visit_at,site,ward,service,language,nhs_number\n");
  for (let n = 0; n < rows; n++) {
    const day = new Date(Date.now() - (1 + (n % 14)) * 86_400_000).toISOString().slice(0, 10);
    const time = `${String(8 + (n % 10)).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}`;
    const place = `Site ${1 + (n % 7)},Ward ${1 + (n % 400)},Cardiology`;
    const row = `R-${n},${dramaNumber(n)},Name${n},${day}T${time},${place},en-GB,${nhsNumberOf(n)}\n`;
    if (!out.write(row)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
}

/** From the range 999, which the NHS keeps for tests; empty where no last digit makes it right. */
function nhsNumberOf(n: number): string {
  const nine = `999${String(n % 1_000_000).padStart(6, "0")}`;
  return Array.from({ length: 10 }, (_, last) => `${nine}${last}`).find(readNhsNumber) ?? "";
}
