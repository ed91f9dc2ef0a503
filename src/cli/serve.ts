import { crashPointOf, readSettings, settingKeys } from "#config.ts";
import { aborted } from "#lib/aborted.ts";
import { armCrashPoint } from "#lib/crash-point.ts";
import { AppError } from "#lib/errors.ts";
import { say } from "./command.ts";
import { defineCommand } from "./options.ts";
import type { AppSettings } from "./ports.ts";

export const serve = defineCommand({
  name: "serve",
  summary:
    "Run: ring for every running campaign, keep what is said, turn it into words. Until Ctrl-C or SIGTERM.",
  options: {
    "allow-rough": { help: "accept pocketsphinx, whose words are for rehearsals only" },
  },
  notes: [
    "Reads every HEARBACK_... setting (README.md has the table) and tells all that are wrong at once.",
    "Stopping lets calls come to their end; a second Ctrl-C stops at once.",
  ].join("\n"),
  examples: ["hearback serve"],
  run: async (_operands, given, io) => {
    const settings = readSettings(settingKeys, io.env);
    refuseRough(settings, given["allow-rough"]);
    armCrashPoint(crashPointOf(io.env));
    const app = await io.services.createApp(settings, { allowRough: given["allow-rough"] });
    try {
      const started = await Promise.race([app.start(), aborted(io.signal)]);
      if (started) say(io.stderr, `Hearback is up${started.address ? ` at ${started.address}` : ""}.`);
      const failure = await Promise.race([app.failed, aborted(io.signal)]);
      if (failure) throw failure;
    } finally {
      await app.stop({ onWaiting: (line) => say(io.stderr, line) });
    }
    say(io.stderr, "Stopped.");
    return 0;
  },
});

/** @throws AppError `engine_rough` */
export function refuseRough({ speechEngine }: AppSettings, allowed: boolean): void {
  if (speechEngine !== "pocketsphinx" || allowed) return;
  throw new AppError(
    "engine_rough",
    "HEARBACK_SPEECH_ENGINE is pocketsphinx, whose words are too rough for patients' stories. " +
      "Name another engine, or give --allow-rough in a rehearsal.",
  );
}
