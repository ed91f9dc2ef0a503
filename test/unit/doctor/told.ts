import type { Check } from "#doctor/check.ts";
import { runChecks } from "#doctor/run-checks.ts";
import { systemClock } from "#lib/clock.ts";

/** What one check says in these circumstances, a line a finding. */
export async function told(check: Check, env: Record<string, string>): Promise<string[]> {
  const signal = new AbortController().signal;
  const [checked] = await runChecks([check], { env, clock: systemClock, signal });
  return checked!.findings.map(({ level, what }) => `${level}: ${what}`);
}
