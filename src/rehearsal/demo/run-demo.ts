/** The main job, end to end, on one machine: a list, a campaign, pretend people, a board, a summary. */
import { createReadStream, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import type { Campaign } from "#campaign/campaign.ts";
import { aborted } from "#lib/aborted.ts";
import { AppError } from "#lib/errors.ts";
import { campaignByName, startCampaign } from "#postgres/campaigns.ts";
import { Rehearsal } from "#rehearsal/rehearsal.ts";
import type { Board } from "./board.ts";
import { demoSettings } from "./campaign.ts";
import { demoList } from "./list.ts";
import type { DemoOptions } from "./options.ts";
import { takeState } from "./state.ts";
import { summarise } from "./summary.ts";
import { watch } from "./watch.ts";

const campaignName = "demo";

export interface DemoOutput {
  board(): Board;
  say(line: string): void;
  progress(line: string): void;
  signal: AbortSignal;
}

/** @returns the exit status: 0 when every outcome is as scripted (or none is scripted) */
export async function runDemo(options: DemoOptions, out: DemoOutput): Promise<number> {
  const state = takeState(options);
  let rehearsal: Rehearsal | null = null;
  try {
    rehearsal = await Rehearsal.start({
      ...{ dir: state.dir, dataKey: state.dataKey, reviveIvr: true, progress: out.progress },
      ...options,
    });
    return await call(rehearsal, options, out);
  } finally {
    await rehearsal?.stop();
    state.release();
  }
}

async function call(rehearsal: Rehearsal, options: DemoOptions, out: DemoOutput): Promise<number> {
  const { pool, app } = rehearsal;
  const campaign = await demoCampaign(rehearsal, options, out);
  const numbers = await rehearsal.numbers(campaign);
  const { address } = await app.start();
  await startCampaign(pool, campaignName);
  const pages = address ?? "";
  const links = await rehearsal.signInLinks(pages);
  out.say(`Watch and listen at ${pages}. Each of these links signs in once, as somebody made up:`);
  for (const [role, link] of links) out.say(`  ${role.padEnd(12)} ${link}`);
  const over = await watch({ pool, campaign, numbers, board: out.board(), signal: out.signal });
  const results = await rehearsal.results(campaignName);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  if (!over) {
    out.say("\nStopped before everybody was called. Go on with: npm run demo -- --continue");
    return 1;
  }
  const { lines, asScripted } = await summarise(results, numbers, options.farEnd === null);
  for (const line of lines) out.say(line);
  if (!options.exit) {
    out.say(
      `\nHearback stays up until Ctrl-C: ${address}. The links above still sign in, if they were not used.`,
    );
    await aborted(out.signal);
    return 0;
  }
  return asScripted ? 0 : 1;
}

/** The demo's campaign with its list; a resumed demo finds both as they were. */
async function demoCampaign(rehearsal: Rehearsal, options: DemoOptions, out: DemoOutput): Promise<Campaign> {
  const found = await campaignByName(rehearsal.pool, campaignName);
  if (found) return found;
  if (options.resume) out.progress("there is no demo to resume: starting afresh");
  const campaign = await rehearsal.createCampaign(campaignName, demoSettings(options));
  const list = options.contacts
    ? createReadStream(options.contacts)
    : Readable.from([Buffer.from(demoList(new Date()))]);
  const report = await rehearsal.importList(campaign, list);
  if (report.kind === "refused") {
    const faults = report.faults.map(
      ({ line, column, fault, remedy }) => `  line ${line}, ${column}: ${fault}; ${remedy}`,
    );
    const heading = `${options.contacts} was refused, nothing is imported:`;
    throw new AppError("list_refused", [heading, ...faults.slice(0, 20)].join("\n"));
  }
  out.progress(`imported ${report.added} visits`);
  return campaign;
}
