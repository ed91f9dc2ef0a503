/** What is only shown for a reason: a story's sound to governance, and who told it to a coordinator. */
import type { Pool } from "pg";
import type { GlassDesk, Person, StoryBehindGlass } from "#web/room/listening/ports.ts";
import { writeAudit } from "./audit-log.ts";
import type { Ciphers } from "./ciphers.ts";
import { entryOf, makeGrant } from "./listening-grants.ts";
import { inRoom } from "./room.ts";
import { maybeRow } from "./rows.ts";
import type { Tx } from "./transaction.ts";

export function createGlassDesk(pool: Pool, ciphers: Pick<Ciphers, "decrypt">): GlassDesk {
  return {
    story: (who, storyId) => inRoom(pool, who.userId, (tx) => behindGlass(tx, storyId)),
    hear: (who, storyId, reason) =>
      inRoom(pool, who.userId, async (tx) => {
        const story = await behindGlass(tx, storyId);
        return story && makeGrant(tx, { who, story, kind: "glass" }, { action: "break-glass", reason });
      }),
    person: (who, storyId, reason) =>
      inRoom(pool, who.userId, async (tx) => {
        const person = await personBehind(tx, storyId, ciphers);
        if (!person) return null;
        const { trust, ...shown } = person;
        const entry = entryOf(who, { storyId, trust }, "break-glass");
        await writeAudit(tx, { ...entry, reason, details: { kind: "person" } });
        return shown;
      }),
  };
}

const behindGlass = (tx: Tx, storyId: string) =>
  maybeRow<StoryBehindGlass & { unit: string }>(
    tx,
    `select $1 as "storyId", trust, unit, place, told_at as "toldAt", duration_ms as "durationMs"
     from story_behind_glass($1)`,
    [storyId],
  );

async function personBehind(
  tx: Tx,
  storyId: string,
  ciphers: Pick<Ciphers, "decrypt">,
): Promise<(Person & { trust: string }) | null> {
  const row = await maybeRow<{
    trust: string;
    visit_ref: string;
    given_name_enc: Buffer | null;
    phone_enc: Buffer;
  }>(tx, "select trust, visit_ref, given_name_enc, phone_enc from person_behind($1)", [storyId]);
  return (
    row && {
      trust: row.trust,
      visitRef: row.visit_ref,
      givenName: row.given_name_enc && ciphers.decrypt("given-name", row.given_name_enc),
      phone: ciphers.decrypt("phone", row.phone_enc),
    }
  );
}
