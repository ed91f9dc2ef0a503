import { callingSpans, isPermitted } from "#campaign/calling-hours.ts";
import type { Campaign } from "#campaign/campaign.ts";
import { longestCallSeconds } from "#campaign/longest-call.ts";
import { mayDial } from "#campaign/phone-number.ts";
import type { Clock } from "#lib/clock.ts";
import type { TransferTo } from "./conversation-options.ts";

interface TransferParts {
  clock: Clock;
  allowNumbers: ReadonlySet<string>;
  /** The number that a trust's calls show, where staff have named one. */
  callers?: ReadonlyMap<string, string>;
}

/**
 * Whom the campaign means by a name. Only numbers of its own list are ever rung, and those only as any other may be:
 * United Kingdom, no premium rates, in a rehearsal drama numbers and named ones.
 */
export function transferTo(
  name: string,
  { settings, rehearsal, trust }: Pick<Campaign, "settings" | "rehearsal" | "trust">,
  { clock, allowNumbers, callers }: TransferParts,
): TransferTo {
  const target = settings.transfers[name];
  if (!target || !mayDial(target.number, { rehearsal, allowNumbers }).ok) return { kind: "nobody" };
  const { number: phone, open, talkMinutes } = target;
  const hours = open ? { ...settings.callingHours, days: open } : settings.callingHours;
  const now = clock.now();
  if (!isPermitted(callingSpans(hours, now, 1), now)) return { kind: "closed" };
  const callerNumber = callers?.get(trust) ?? settings.callerNumber;
  const restSeconds = longestCallSeconds(settings);
  return { kind: "number", phone, callerNumber, talkSeconds: talkMinutes * 60, restSeconds };
}
