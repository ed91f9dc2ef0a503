/** Joins what calls say: the folders and the releases, with the Asterisks that play it and those who are told of faults. */

import type { Settings } from "#config.ts";
import { systemClock as clock } from "#lib/clock.ts";
import { messageOf } from "#lib/errors.ts";
import type { Logger } from "#lib/logger.ts";
import { noteTrouble, noteUnheard } from "#postgres/release-troubles.ts";
import { createReleaseWatch } from "#postgres/release-watch.ts";
import type { PromptWatch } from "#prompts/prompt-book.ts";
import { isReleasePath, type ReleaseFiles } from "#release/files.ts";
import { readReleaseFolders, withAsterisk } from "#storage/release-folders.ts";
import { voiceOf } from "#storage/release-voice.ts";
import { installByContent, installByName } from "#storage/telephone-prompts.ts";
import type { ReadFile } from "#storage/unchanged-files.ts";
import type { SpokenVoice } from "#web/room/ports.ts";
import type { Parts } from "./app-parts.ts";
import type { Starting } from "./app-start.ts";
import { createVoices, type Voices } from "./release-voices.ts";
import type { Watching } from "./watching.ts";

/** The language of calls that name no other. */
const language = "en-GB";

/** What calls say before there is any release: the files of the folders, read afresh. */
export function readFolders(
  settings: Pick<Settings, "flowFolder" | "promptFolder">,
  read?: ReadFile,
): ReleaseFiles {
  const files = readReleaseFolders(withAsterisk(settings), read);
  return new Map([...files].filter(([path]) => isReleasePath(path)));
}

export interface VoicesWanted {
  settings: Settings;
  rehearsal: boolean;
  parts: Pick<Parts, "pool" | "owner">;
  metrics: Pick<Watching["metrics"], "promptFellBack" | "promptMissing">;
  logger: Logger;
}

/** @throws AppError `prompt_unusable`, `release_unusable`: of the folders */
export async function buildVoices(wanted: VoicesWanted): Promise<Voices> {
  const { settings, rehearsal, parts, metrics, logger } = wanted;
  const { pool, owner } = parts;
  const soundsFolders = settings.nodes.map(({ soundsFolder }) => soundsFolder);
  const load = async (files: ReleaseFiles, release: number | null) => {
    await installByContent(files, soundsFolders);
    return voiceOf(files, { release, language, rehearsal, watch: watchOf(release) });
  };
  const watchOf = (release: number | null): PromptWatch => ({
    fellBack: (_, asked) => metrics.promptFellBack(asked),
    missing: (prompt, asked) => {
      metrics.promptMissing(asked);
      logger.error({ release, prompt, language: asked }, "a prompt is missing: a call went on without it");
      const subject = `${prompt} (${asked})`;
      noteTrouble(pool, { release, kind: "missing-prompt", subject }).catch((thrown) =>
        logger.error({ problem: messageOf(thrown) }, "a missing prompt was not written down"),
      );
    },
  });
  const folders = await load(readFolders(settings), null);
  const layNames = (files: ReleaseFiles | null) =>
    installByName(files ?? readFolders(settings), soundsFolders);
  return createVoices({ pool, owner, logger, load, layNames, folders });
}

/** A sound that Asterisk did not play is a missing prompt too: told, counted, and enough to roll a canary back. */
export function watchUnheard({ parts, watching, logger }: Starting): void {
  for (const { name, telephone } of parts.telephone.nodes)
    telephone.onUnheard((channelId, prompts) => {
      for (const prompt of prompts)
        logger.error(
          { node: name, channelId, prompt },
          "a prompt was not heard: Asterisk did not play its sound",
        );
      noteUnheard(parts.pool, channelId, prompts).then(
        (call) => {
          for (const _ of call ? prompts : []) watching.metrics.promptMissing(call?.language ?? "");
        },
        (thrown) => logger.error({ problem: messageOf(thrown) }, "an unheard prompt was not written down"),
      );
    });
}

/** As the pages show it: of whatever release is live when they look. */
export const spokenBy = (voices: Voices): SpokenVoice => ({
  get prompts() {
    return voices.live.prompts;
  },
  get flows() {
    return voices.live.flows;
  },
});

/** From here on new calls get what is published, on this instance as on all others; the canary is looked at by all. */
export async function followReleases({ settings, options, voices, logger, order }: Starting): Promise<void> {
  await voices.look();
  await voices.namesSettled();
  const watch = createReleaseWatch({
    ...{ url: settings.databaseUrl, clock, logger },
    look: async () => {
      await voices.look();
      if (!options.onlyCampaign) await voices.watchCanary();
    },
  });
  order.add("the watch over releases", async () => {
    await watch.stop();
    await voices.namesSettled();
  });
  watch.start();
}
