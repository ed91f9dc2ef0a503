import { trustAuthorities } from "#asterisk/trust.ts";
import { type Environment, type NodeSettings, readSettings, type Settings } from "#config.ts";
import type { Clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { readNodes } from "#node-settings.ts";
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
export function runChecks(checks: readonly Check[], doctor: Doctor): Promise<Checked[]> {
  // What is wrong in a node's settings is undefined there, and told by the check of the settings.
  const nodes = readNodes(doctor.env, []);
  trustAuthorities(nodes.map(({ ariCa }) => ariCa));
  const named = nodes.length > 1;
  return Promise.all(
    checks.flatMap((check) =>
      check.ofNode
        ? nodes.map((node) => runOne(check, node, doctor, named ? `${check.name} ${node.name}` : check.name))
        : runOne(check, {}, doctor, check.name),
    ),
  );
}

async function runOne(
  check: Check,
  node: Partial<NodeSettings>,
  doctor: Doctor,
  name: string,
): Promise<Checked> {
  const begun = doctor.clock.monotonicMs();
  const findings = await findingsOf(check, node, doctor);
  return { check: name, findings, ms: Math.round(doctor.clock.monotonicMs() - begun) };
}

async function findingsOf(check: Check, node: Partial<NodeSettings>, doctor: Doctor): Promise<Finding[]> {
  const wrong = [warning("not checked: its settings are wrong", "see the line of the settings")];
  let settings: Settings & NodeSettings;
  try {
    settings = { ...readSettings(check.needs, doctor.env), ...node } as Settings & NodeSettings;
  } catch {
    return wrong;
  }
  if (check.ofNode?.some((key) => node[key] === undefined)) return wrong;
  try {
    return await withinTime(check, settings, doctor);
  } catch (thrown) {
    doctor.signal.throwIfAborted();
    if (thrown instanceof NotChecked)
      return [warning(`not checked: ${thrown.message}`, "mend that first, then ask again")];
    return [fault(messageOf(thrown), remedyOf(thrown))];
  }
}

async function withinTime(
  check: Check,
  settings: Settings & NodeSettings,
  { clock, signal }: Doctor,
): Promise<Finding[]> {
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
