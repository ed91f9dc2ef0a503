import type { NodeSettings, SettingKey, Settings } from "#config.ts";
import { AppError } from "#lib/errors.ts";

/** What a check has to say. A fault keeps patients from being called, or heard, or safe; a warning may. */
export type Finding =
  | { level: "ok"; what: string }
  | { level: "warning" | "fault"; what: string; remedy: string };

export const ok = (what: string): Finding => ({ level: "ok", what });
export const warning = (what: string, remedy: string): Finding => ({ level: "warning", what, remedy });
export const fault = (what: string, remedy: string): Finding => ({ level: "fault", what, remedy });

export interface Check {
  /** One or two words for the left column. */
  name: string;
  withinMs: number;
  /** The settings it reads, which are read for it alone: what is wrong elsewhere does not keep it from its work. */
  needs: readonly SettingKey[];
  /** For a check of one Asterisk: what it reads of each one's settings; it is made once for each. */
  ofNode?: readonly NodeKey[];
  /** Changes nothing and makes no call. What it throws is a fault. */
  run(settings: Settings & NodeSettings, signal: AbortSignal): Promise<Finding[]>;
}

export type NodeKey = keyof NodeSettings;

const usualMs = 10_000;

/** A check that sees the settings it names, and no others. */
export const defineCheck = <const K extends SettingKey>(check: {
  name: string;
  withinMs?: number;
  needs: readonly K[];
  run(settings: Pick<Settings, K>, signal: AbortSignal): Promise<Finding[]> | Finding[];
}): Check => ({ withinMs: usualMs, ...check, run: async (settings, signal) => check.run(settings, signal) });

/** A check that is made of each Asterisk; it sees that one's settings beside those it names. */
export const defineNodeCheck = <const N extends NodeKey, const K extends SettingKey = never>(check: {
  name: string;
  withinMs?: number;
  ofNode: readonly N[];
  needs?: readonly K[];
  run(
    settings: Pick<NodeSettings, N> & Pick<Settings, K>,
    signal: AbortSignal,
  ): Promise<Finding[]> | Finding[];
}): Check => ({
  ...{ withinMs: usualMs, needs: [], ...check },
  run: async (settings, signal) => check.run(settings, signal),
});

/** What a check stands on is away, and another check tells that as the fault it is. */
export class NotChecked extends AppError {
  constructor(because: string) {
    super("not_checked", because);
  }
}
