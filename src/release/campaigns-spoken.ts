/**
 * Whether a release can say all that campaigns need. In a thread of its own: telling which sounds stand for a person's
 * takes their hashes, and calls must not wait for those.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { cannotSay, nobodyBehind, targetsOf, type Voice } from "#call/cannot-say.ts";
import { remedies, type ToldOn } from "#call/remedies.ts";
import type { CampaignSettings } from "#campaign/campaign.ts";
import { readFlows } from "#flow/check/check-flows.ts";
import type { Flow } from "#flow/definition.ts";
import { answerOfThread } from "#lib/thread.ts";
import { readManifest } from "#prompts/manifest.ts";
import { spokenLanguages } from "#prompts/readiness.ts";
import type { ReleaseFiles } from "./files.ts";

export interface CampaignNeeds {
  name: string;
  rehearsal: boolean;
  settings: CampaignSettings;
  /** BCP 47: of the people on its list who are still to be called. */
  languages: string[];
}

/** A sentence for each thing that a campaign needs and these files cannot say. */
export type CampaignsSpoken = (
  files: ReleaseFiles,
  campaigns: readonly CampaignNeeds[],
  toldOn?: ToldOn,
) => Promise<string[]>;

/** Of campaigns that name no other. */
const usualLanguage = "en-GB";

export const campaignsSpoken: CampaignsSpoken = async (files, campaigns, toldOn = "command") =>
  campaigns.length === 0 ? [] : answerOfThread(import.meta.url, { spokenFor: campaigns, files, toldOn });

/** The same, here and now. */
export function unspokenIn(
  files: ReleaseFiles,
  campaigns: readonly CampaignNeeds[],
  toldOn: ToldOn = "command",
): string[] {
  const voice = voiceIn(files);
  if (!voice) return ["its prompts' manifest cannot be read"];
  const unspoken = campaigns.flatMap(({ name, rehearsal, settings, languages }) => {
    const inEach = [settings.language, ...languages.filter((tag) => tag !== settings.language)];
    const faults = inEach.flatMap((language) =>
      cannotSay({ ...settings, language }, voice, { forPatients: !rehearsal, toldOn, campaign: name }).map(
        (fault) =>
          language === settings.language
            ? fault
            : `its list has people to be spoken to in ${language}: ${fault}`,
      ),
    );
    return [...new Set(faults)].map((fault) => `campaign "${name}": ${fault}`);
  });
  return [...new Set([...unspoken, ...nobodyThere(voice.flows, campaigns, toldOn)])];
}

/** Whoever rings us is greeted by it, and may be put through by it. */
export const greeting = "ring-back";

type Flows = ReadonlyMap<string, Flow>;

/** By the greeting and by the flows of all campaigns: any that a call may be held by. */
export const putsAnybodyThrough = (flows: Flows): boolean =>
  [...flows.values()].some((flow) => targetsOf(flow).length > 0);

/** Whom the flows of calls of these campaigns put callers through to, and nobody has a number for; a sentence each. */
export const nobodyThere = (
  flows: Flows,
  campaigns: readonly CampaignNeeds[],
  toldOn: ToldOn = "command",
): string[] =>
  campaigns.flatMap(({ name, settings }) =>
    [...new Set([settings.flow, greeting])].flatMap((flow) => {
      const its = flows.get(flow);
      const faults = its
        ? nobodyBehind(settings, its, (target) => remedies[toldOn].numberFor(target, name))
        : [];
      return faults.map((fault) => `campaign "${name}": ${fault}`);
    }),
  );

function voiceIn(files: ReleaseFiles): Voice | null {
  const { manifest } = readManifest(files);
  if (!manifest) return null;
  const languages = spokenLanguages(files, manifest);
  const ids = languages.get(usualLanguage)?.ids ?? new Set<string>();
  return { flows: readFlows(files).flows, prompts: { language: usualLanguage, ids, languages } };
}

if (!isMainThread && workerData?.spokenFor)
  parentPort?.postMessage(unspokenIn(workerData.files, workerData.spokenFor, workerData.toldOn));
