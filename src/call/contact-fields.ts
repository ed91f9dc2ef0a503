import type { Campaign } from "#campaign/campaign.ts";
import { readLocalTime } from "#campaign/visit-time.ts";
import type { ContactKind, Flow } from "#flow/definition.ts";
import { type Clock, inTime } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";

export interface ContactParts {
  /** The columns that were kept of the visit's row (`import --keep`), as they were in the file. */
  fieldsOf(visitId: string): Promise<Readonly<Record<string, string>>>;
  clock: Clock;
  logger: Logger;
}

/** Whoever has answered waits for no more than this; then the fields are as if they were missing. */
const withinMs = 500;

/**
 * The fields that a flow declares, read as what it says they are; one that cannot be read so is missing. Personal, and
 * so neither logged nor kept in any state. Never rejects.
 */
export async function contactOf(
  flow: Flow,
  visitId: string,
  { settings }: Pick<Campaign, "settings">,
  { fieldsOf, clock, logger }: ContactParts,
): Promise<Record<string, string>> {
  if (Object.keys(flow.contact ?? {}).length === 0) return {};
  const timer = new AbortController();
  const late = clock.wait(withinMs, timer.signal).then(
    () => ({}),
    () => ({}),
  );
  const found = fieldsOf(visitId).catch((thrown) => {
    logger.error({ visitId, problem: messageOf(thrown) }, "the fields of a visit could not be read");
    return {};
  });
  const fields: Readonly<Record<string, string>> = await Promise.race([found, late]);
  timer.abort(inTime);
  return readFields(flow, fields, settings.callingHours.timeZone);
}

/** Those that the flow declares, of the row's kept columns. `timeZone`: IANA, of times without an offset. */
export function readFields(
  flow: Flow,
  fields: Readonly<Record<string, string>>,
  timeZone: string,
): Record<string, string> {
  const read = Object.entries(flow.contact ?? {}).flatMap(([name, kind]) => {
    const value = readField(fields[name.toLowerCase()] ?? "", kind, timeZone);
    return value === null ? [] : [[name, value]];
  });
  return Object.fromEntries(read);
}

/** Null: empty, or something else. A date becomes "2026-12-03", a time "2026-12-03T09:05" in the campaign's zone. */
export function readField(text: string, kind: ContactKind, timeZone: string): string | null {
  const value = text.trim();
  if (value === "") return null;
  switch (kind) {
    case "text":
      return value;
    case "number":
      return /^\d{1,4}$/.test(value) ? String(Number(value)) : null;
    case "digits":
      return /^[\d\s-]+$/.test(value) ? value.replace(/\D/g, "") : null;
    case "date":
    case "time": {
      const time = readLocalTime(value, timeZone)?.setZone(timeZone);
      if (!time?.isValid) return null;
      if (kind === "date") return time.toFormat("yyyy-MM-dd");
      // A day alone says nothing of the hour.
      return /\d:\d\d/.test(value) ? time.toFormat("yyyy-MM-dd'T'HH:mm") : null;
    }
  }
}
