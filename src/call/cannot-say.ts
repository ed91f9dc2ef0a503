import type { CampaignSettings } from "#campaign/campaign.ts";
import type { Flow, Piece } from "#flow/definition.ts";
import { saidBy } from "#flow/pieces.ts";
import { nearest } from "#lib/nearest.ts";

/** All that this copy of the application can say in its calls. */
export interface Voice {
  /** `ids`: those that have both words and audio in this language. */
  prompts: { language: string; ids: ReadonlySet<string> };
  flows: ReadonlyMap<string, Flow>;
}

/**
 * What a call of this campaign would stumble over, a sentence each with its remedy; none when it can be held. The flows
 * themselves were checked when they were read: this is about what a campaign adds to its flow.
 */
export function cannotSay(settings: CampaignSettings, { prompts, flows }: Voice): string[] {
  if (settings.language !== prompts.language) {
    const remedy = `make it with --language ${prompts.language}`;
    return [
      `the campaign's language is ${settings.language}, the calls are in ${prompts.language}; ${remedy}`,
    ];
  }
  const flow = flows.get(settings.flow);
  if (!flow) return [`there is no call flow "${settings.flow}"; there are: ${[...flows.keys()].join(", ")}`];
  return [...nobodyBehind(settings, flow), ...promptsMissing(settings, flow, prompts)];
}

function promptsMissing(settings: CampaignSettings, flow: Flow, prompts: Voice["prompts"]): string[] {
  return promptsOf(settings, flow).flatMap(({ id, family }) => {
    if (prompts.ids.has(id)) return [];
    return [`there is no prompt "${id}" with words and audio; ${remedyFor(id, family, prompts.ids)}`];
  });
}

/** Names that the flow puts callers through to, and the campaign has no number for. */
function nobodyBehind({ transfers }: CampaignSettings, { steps }: Flow): string[] {
  const names = Object.values(steps).flatMap((step) => (step.kind === "transfer" ? [step.to] : []));
  return [...new Set(names)]
    .filter((name) => !transfers[name])
    .map(
      (name) =>
        `the flow puts callers through to "${name}", who has no number; add --transfer ${name}=NUMBER`,
    );
}

interface Needed {
  id: string;
  /** Prompts that differ in a number only, and the setting that chooses among them. */
  family?: { pattern: RegExp; setting: string };
}

const storyLimits = { pattern: /^story-limit-(\d+)s$/, setting: "--story-limit" };
const waits = { pattern: /^in-(\d+)-seconds$/, setting: "callbacks.offerAfterSeconds" };

/** The prompts that the campaign's settings choose. */
function promptsOf({ spokenName, storyLimitSeconds, callbacks }: CampaignSettings, flow: Flow): Needed[] {
  const steps = Object.values(flow.steps);
  const pieces = steps.flatMap((step) => saidBy(step).flatMap((said) => said.pieces));
  const says = (test: (piece: Exclude<Piece, string>) => boolean) =>
    pieces.some((piece) => typeof piece !== "string" && test(piece));
  const needed: Needed[] = [];
  if (says((piece) => "campaign" in piece && piece.campaign === "spokenName"))
    needed.push({ id: spokenName });
  if (says((piece) => "setting" in piece))
    needed.push({ id: `story-limit-${storyLimitSeconds}s`, family: storyLimits });
  if (steps.some(({ kind }) => kind === "callback"))
    for (const seconds of callbacks.offerAfterSeconds ?? [])
      needed.push({ id: `in-${seconds}-seconds`, family: waits });
  return needed;
}

function remedyFor(id: string, family: Needed["family"], ids: ReadonlySet<string>): string {
  const add = `add its words to the manifest and its audio beside it`;
  if (!family) {
    const meant = nearest(id, [...ids]);
    return meant ? `did you mean ${meant}?` : add;
  }
  const spoken = [...ids].flatMap((other) => Number(family.pattern.exec(other)?.[1] ?? [])).filter(Boolean);
  const choices = spoken.toSorted((a, b) => a - b).join(" or ");
  return choices ? `take ${choices} for ${family.setting}, or ${add}` : add;
}
