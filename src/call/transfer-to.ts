import { callingSpans, isPermitted } from "#campaign/calling-hours.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { mayDial } from "#campaign/phone-number.ts";
import type { Clock } from "#lib/clock.ts";
import type { TransferTo } from "./conversation-options.ts";

/**
 * Whom the campaign means by a name. Only numbers of its own list are ever rung, and those only as any other may be:
 * United Kingdom, no premium rates, in a rehearsal drama numbers and named ones.
 */
export function transferTo(
  name: string,
  { settings, rehearsal }: Pick<Campaign, "settings" | "rehearsal">,
  { clock, allowNumbers }: { clock: Clock; allowNumbers: ReadonlySet<string> },
): TransferTo {
  const target = settings.transfers[name];
  if (!target || !mayDial(target.number, { rehearsal, allowNumbers }).ok) return { kind: "nobody" };
  const { number: phone, open } = target;
  const hours = open ? { ...settings.callingHours, days: open } : settings.callingHours;
  const now = clock.now();
  if (!isPermitted(callingSpans(hours, now, 1), now)) return { kind: "closed" };
  return { kind: "number", phone, callerNumber: settings.callerNumber };
}
