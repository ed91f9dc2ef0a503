/** A database for one size of the growth part: migrated, with so many visits behind it. */
import type { Pool } from "pg";
import { parseSettings } from "#campaign/campaign-settings.ts";
import { silentLogger } from "#lib/logger.ts";
import { migrate } from "#postgres/migrate.ts";
import { createPool } from "#postgres/pool.ts";
import { APP_USER, ensureAppUser, markRehearsal } from "#postgres/rehearsal.ts";
import { createCiphers } from "#storage/ciphers.ts";
import { makeUpStories } from "../../support/made-up-stories.ts";
import { makeUpVisits } from "../../support/made-up-visits.ts";

export interface Grown {
  visits: number;
  /** For the owner of the tables. */
  ownerUrl: string;
  owner: Pool;
  /** As `serve` signs in. */
  app: Pool;
  /** The same, as its dialler does. */
  dialler: Pool;
  /** The one that runs. */
  campaignId: string;
  close(): Promise<void>;
}

export const dataKey = Buffer.alloc(32, 7);
/** The same as the pages of tests have. */
const ciphers = createCiphers(dataKey);
export const trust = "RXX";
export const wards = 400;
/** One visit in five ends with a story. */
const visitsAStory = 5;
/** So many are due at least, to be claimed. */
export const leastDue = 8_000;

/** With the rules of a real campaign: one call a number and day, one survey a person in thirty days. */
export const settings = parseSettings({
  ...{ spokenName: "trust-northfield", callerNumber: "+441632960000", expiresAfterDays: 366 },
  ...{ numberOnceADay: true, contactBudget: { surveys: 1, days: 30 } },
});

/** @param server address of a Postgres, for its superuser */
export async function growDatabase(server: string, visits: number): Promise<Grown> {
  const name = `visits_${visits}`;
  const ownerUrl = addressOf(server, { database: name });
  const admin = openPool(server, "owner", 1);
  await admin.query(`create database ${name}`);
  await admin.end();
  const owner = openPool(ownerUrl, "owner", 20);
  await markRehearsal(owner).catch(() => undefined);
  await migrate(owner);
  await ensureAppUser(owner);
  const appUrl = addressOf(ownerUrl, { user: APP_USER });
  const app = openPool(appUrl, "app", 20);
  const dialler = openPool(appUrl, "app", 20, true);
  const due = Math.max(leastDue, visits / 5);
  const phones = Array.from({ length: 100 }, (_, n) =>
    ciphers.encrypt("phone", `+4477009000${10 + (n % 90)}`),
  );
  const campaignId = await makeUpVisits({
    ...{ url: ownerUrl, visits, due, overCampaigns: 7, trust, settings, phones },
  });
  await makeUpStories({ url: ownerUrl, stories: visits / visitsAStory, wards, trust, whole: true });
  // Otherwise one falls into the claims of a great size; after it, each page is written whole once.
  await owner.query("checkpoint");
  const close = async () => {
    await Promise.all([owner.end(), app.end(), dialler.end()]);
    const admin = openPool(server, "owner", 1);
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  };
  return { visits, ownerUrl, owner, app, dialler, campaignId, close };
}

const openPool = (url: string, as: "owner" | "app", maxConnections: number, planned = false): Pool =>
  createPool({ url, applicationName: "hearback bench", as, maxConnections, planned, logger: silentLogger });

function addressOf(url: string, { database, user }: { database?: string; user?: string }): string {
  const changed = new URL(url);
  if (database) changed.pathname = `/${database}`;
  if (user) changed.username = user;
  return changed.href;
}
