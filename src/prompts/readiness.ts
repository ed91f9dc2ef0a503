/** In which languages calls can be held, and what keeps patients from hearing one. */
import type { SpokenLanguage } from "#call/cannot-say.ts";
import type { ReleaseFiles } from "#release/files.ts";
import { fallbackChain } from "./check-prompts.ts";
import type { Manifest } from "./manifest.ts";
import { promptStates } from "./states.ts";

/** Every language of the manifest, by its tag. */
export function spokenLanguages(
  files: ReleaseFiles,
  manifest: Manifest,
): ReadonlyMap<string, SpokenLanguage> {
  const states = promptStates(files, manifest);
  return new Map(
    [...manifest.languages.keys()].map((tag) => {
      const heard = fallbackChain(manifest.languages, tag).flatMap((one) => [...(states.get(one) ?? [])]);
      const own = [...(states.get(tag) ?? [])];
      return [
        tag,
        {
          ids: new Set(heard.filter(([, { kind }]) => kind !== "missing").map(([id]) => id)),
          unapproved: own.filter(([, { kind, fitForPatients }]) => kind !== "missing" && !fitForPatients)
            .length,
        },
      ];
    }),
  );
}
