/** Lists of visits from upload to import, as the coordinators of a trust bring them. */
import type { Pool } from "pg";
import type { SignedIn } from "#access/rights.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { type ImportReport, importVisits } from "#campaign/import-visits.ts";
import type { RejectFile } from "#campaign/rejects.ts";
import type { Clock } from "#lib/clock.ts";
import type { ListOf, ListPreview, ListRoom } from "#web/room/campaigns/list-ports.ts";
import type { Ciphers } from "./ciphers.ts";
import { type Deed, onCampaign } from "./coordinating.ts";
import { proveKey } from "./data-key.ts";
import { fatesOfList } from "./list-fates.ts";
import { dropList, findList, keepList, type UploadedList } from "./list-uploads.ts";
import { oneRow } from "./rows.ts";
import type { Tx } from "./transaction.ts";
import { beginImport } from "./visits.ts";

export interface ListAdapters {
  pool: Pool;
  ciphers: Ciphers;
  /** E.164 numbers outside the drama ranges that a rehearsal may ring. */
  allowNumbers: ReadonlySet<string>;
  clock: Clock;
}

/** Takes the transaction back with what it found out; never leaves this file. */
class TakenBack<T> extends Error {
  readonly found: T;
  constructor(found: T) {
    super("taken back");
    this.found = found;
  }
}

const unlessTakenBack = <T>(work: Promise<T | null>): Promise<T | null> =>
  work.catch((thrown: unknown) => {
    if (thrown instanceof TakenBack) return thrown.found as T;
    throw thrown;
  });

export function createListRoom(adapters: ListAdapters): ListRoom {
  const { pool, ciphers } = adapters;
  /** In the one door's transaction; null where the list is not there. */
  const withList = <T>(
    who: SignedIn,
    { campaignId, listId }: ListOf,
    work: (tx: Tx, campaign: Campaign, list: UploadedList) => Promise<Deed<T | null>>,
  ) =>
    onCampaign<T | null>(pool, who, campaignId, async (tx, campaign) => {
      const list = await findList(tx, ciphers, { userId: who.userId, campaignId, listId });
      return list ? work(tx, campaign, list) : { result: null, audit: null };
    });
  return {
    keep: async (who, campaignId, { bytes, keep }) => {
      await proveKey(pool, ciphers);
      return onCampaign(pool, who, campaignId, async (tx) => ({
        result: await keepList(tx, ciphers, { userId: who.userId, campaignId, bytes, keep }),
        audit: { ...about(campaignId), details: { dryRun: true, kind: "upload" } },
      }));
    },
    preview: (who, of) =>
      unlessTakenBack<ListPreview>(
        withList(who, of, async (tx, campaign, list) => {
          const run = await importing(adapters, {
            tx,
            who,
            campaign,
            list,
            skipBad: { write: async () => {} },
          });
          const fates =
            run.report.kind === "refused"
              ? []
              : await fatesOfList(tx, campaign, { now: adapters.clock.now(), since: run.since });
          throw new TakenBack<ListPreview>({ campaign, encoding: list.encoding, report: run.report, fates });
        }),
      ),
    rejects: (who, of) =>
      unlessTakenBack<string>(
        withList(who, of, async (tx, campaign, list) => {
          const lines: string[] = [];
          const skipBad = { write: async (text: string) => void lines.push(text) };
          await importing(adapters, { tx, who, campaign, list, skipBad });
          throw new TakenBack(lines.join(""));
        }),
      ),
    confirm: (who, { skipBad, ...of }) =>
      unlessTakenBack<ImportReport>(
        withList(who, of, async (tx, campaign, list) => {
          const { report } = await importing(adapters, {
            ...{ tx, who, campaign, list, skipBad: skipBad ? { write: async () => {} } : null },
          });
          if (report.kind === "refused") throw new TakenBack(report);
          await dropList(tx, { userId: who.userId, ...of });
          const { rows, added } = report;
          return { result: report, audit: { ...about(of.campaignId), details: { rows, count: added } } };
        }),
      ),
    drop: async (who, of) => {
      await onCampaign(pool, who, of.campaignId, async (tx) => {
        await dropList(tx, { userId: who.userId, ...of });
        return { result: null, audit: null };
      });
    },
  };
}

const about = (id: string) => ({
  ...{ action: "import" as const, subject: { kind: "campaign", id }, reason: null },
});

interface Importing {
  tx: Tx;
  who: SignedIn;
  campaign: Campaign;
  list: UploadedList;
  skipBad: RejectFile | null;
}

/** The importer itself, in a transaction that is open already. `since`: no visit of its own is older. */
async function importing(
  { ciphers, allowNumbers, clock }: ListAdapters,
  { tx, who, campaign, list, skipBad }: Importing,
): Promise<{ report: ImportReport; since: Date }> {
  const { sink, finish } = await beginImport(tx, ciphers, campaign.id);
  const { since } = await oneRow<{ since: Date }>(
    tx,
    "select date_trunc('milliseconds', clock_timestamp()) as since",
  );
  async function* bytes() {
    yield list.bytes;
  }
  const report = await importVisits({
    ...{ campaignId: campaign.id, bytes: bytes(), encoding: list.encoding, keep: list.keep, skipBad },
    visits: { withImport: (_, work) => work(sink) },
    timeZone: campaign.settings.callingHours.timeZone,
    now: clock.now(),
    guard: { rehearsal: campaign.rehearsal, allowNumbers },
    trusts: new Set(who.grants.filter(({ role }) => role === "coordinator").map(({ trust }) => trust)),
  });
  await finish();
  return { report, since };
}
