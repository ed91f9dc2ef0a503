import { type Environment, readSettings, type Settings } from "#config.ts";
import type { Clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { type Check, type Finding, fault, NotChecked, warning } from "./check.ts";

export interface Checked {
  check: string;
  findings: Finding[];
  ms: number;
}

export interface Doctor {
  env: Environment;
  clock: Clock;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** All checks side by side, each with its own deadline: a hung Asterisk holds up nobody. In the order of the table. */
export const runChecks = (checks: readonly Check[], doctor: Doctor): Promise<Checked[]> =>
  Promise.all(checks.map((check) => runOne(check, doctor)));

async function runOne(check: Check, doctor: Doctor): Promise<Checked> {
  const begun = doctor.clock.monotonicMs();
  const findings = await findingsOf(check, doctor);
  return { check: check.name, findings, ms: Math.round(doctor.clock.monotonicMs() - begun) };
}

async function findingsOf(check: Check, doctor: Doctor): Promise<Finding[]> {
  let settings: Settings;
  try {
    settings = readSettings(check.needs, doctor.env) as Settings;
  } catch {
    return [warning("not checked: its settings are wrong", "see the line of the settings")];
  }
  try {
    return await withinTime(check, settings, doctor);
  } catch (thrown) {
    doctor.signal.throwIfAborted();
    if (thrown instanceof NotChecked)
      return [warning(`not checked: ${thrown.message}`, "mend that first, then ask again")];
    return [fault(messageOf(thrown), remedyOf(thrown))];
  }
}

async function withinTime(check: Check, settings: Settings, { clock, signal }: Doctor): Promise<Finding[]> {
  const over = new AbortController();
  const tooLate = clock.wait(check.withinMs, AbortSignal.any([over.signal, signal])).then(() => {
    over.abort();
    return [
      fault(`no answer within ${check.withinMs / 1000} s`, "is it hung, or behind a firewall that drops?"),
    ];
  });
  try {
    return await Promise.race([check.run(settings, AbortSignal.any([over.signal, signal])), tooLate]);
  } finally {
    over.abort();
    tooLate.catch(() => {});
  }
}

const remedyOf = (thrown: unknown): string =>
  thrown instanceof AppError ? "as it says" : "a fault that doctor does not know: search for these words";
