import { expect } from "vitest";
import { isStop } from "#campaign/contact.ts";
import type { ImportedVisit, VisitLists } from "#campaign/ports.ts";

/** A list with the promises of VisitLists: all or nothing, the first content of a visit_ref stays, unless it is stopped. */
export class FakeLists implements VisitLists {
  kept = new Map<string, ImportedVisit>();
  batches: number[] = [];
  failAtBatch = Number.POSITIVE_INFINITY;

  async withImport<T>(_campaignId: string, work: Parameters<VisitLists["withImport"]>[1]): Promise<T> {
    const draft = new Map(this.kept);
    const done = await work({
      addVisits: async (rows) => {
        await new Promise((resolve) => setImmediate(resolve));
        this.batches.push(rows.length);
        if (this.batches.length >= this.failAtBatch) throw new Error("connection lost");
        expect(rows.length).toBeLessThanOrEqual(1000);
        expect(new Set(rows.map((row) => row.visitRef)).size).toBe(rows.length);
        const outcome = { added: 0, same: 0, stopped: 0, ringing: 0, differ: [] as number[] };
        for (const row of rows) {
          const before = draft.get(row.visitRef);
          if (!before) draft.set(row.visitRef, row);
          if (!before) outcome.added += 1;
          else if (before.content === row.content) outcome.same += 1;
          else if (isStop(row)) {
            const { doNotCallReason, visitStatus } = row;
            draft.set(row.visitRef, { ...before, doNotCallReason, visitStatus });
            outcome.stopped += 1;
          } else outcome.differ.push(row.line);
        }
        return outcome;
      },
      stopVisits: async (stops) => {
        const known = stops.filter(({ visitRef }) => draft.has(visitRef));
        for (const stop of known) draft.set(stop.visitRef, { ...draft.get(stop.visitRef)!, ...stop });
        return { stopped: known.length, ringing: 0 };
      },
    });
    this.kept = draft;
    return done as T;
  }
}
