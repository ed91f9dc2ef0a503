import { pino } from "pino";

/**
 * Logs are about ids: these keys, when something carries them by mistake, come out as "[kept out]".
 * Never pass a telephone number, a name, an answer or a patient's words.
 */
const keptOut = [
  "phone",
  "number",
  "givenName",
  "nhsNumber",
  "rating",
  "digit",
  "text",
  "transcript",
  "password",
];

export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  child(fields: object): Logger;
}

/** Writes JSON lines to standard error, or to `file`. */
export function createLogger(options: { level: string; file?: string }): Logger {
  const paths = keptOut.flatMap((key) => [key, `*.${key}`]);
  return pino(
    { level: options.level, redact: { paths, censor: "[kept out]" } },
    pino.destination({ dest: options.file ?? 2, sync: false, mkdir: true }),
  );
}

export const silentLogger: Logger = {
  info() {},
  warn() {},
  error() {},
  debug() {},
  child: () => silentLogger,
};
