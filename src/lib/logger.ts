import { pino } from "pino";
import { keptFields, type LogFields } from "./log-fields.ts";
import { withoutNumbers } from "./scrub.ts";

/**
 * Logs are about ids. Only the fields of log-fields.ts come through, each as its kind allows: no telephone number, no name,
 * no answer and no patient's words. `message` is written in the code, and quotes nothing.
 */
export interface Logger {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  debug(fields: LogFields, message: string): void;
  child(fields: LogFields): Logger;
}

/** Writes JSON lines to standard error, or to `file`. */
export function createLogger(options: { level: string; file?: string }): Logger {
  const destination = pino.destination({ dest: options.file ?? 2, sync: false, mkdir: true });
  return guarded(pino({ level: options.level }, destination));
}

function guarded(log: pino.Logger): Logger {
  const at = (level: "info" | "warn" | "error" | "debug") => (fields: LogFields, message: string) => {
    if (log.isLevelEnabled(level)) log[level](keptFields(fields), withoutNumbers(message));
  };
  return {
    ...{ info: at("info"), warn: at("warn"), error: at("error"), debug: at("debug") },
    child: (fields) => guarded(log.child(keptFields(fields))),
  };
}

export const silentLogger: Logger = {
  info() {},
  warn() {},
  error() {},
  debug() {},
  child: () => silentLogger,
};
