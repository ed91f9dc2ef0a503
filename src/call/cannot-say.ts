import type { CampaignSettings } from "#campaign/campaign.ts";
import type { Flow, Piece } from "#flow/definition.ts";
import { saidBy } from "#flow/pieces.ts";
import { nearest } from "#lib/nearest.ts";
import { type Remedies, remedies, type ToldOn } from "./remedies.ts";

/** What can be said in one language, with those that stand in for it. */
export interface SpokenLanguage {
  ids: ReadonlySet<string>;
  /** Stand-ins that no reviewer has let patients hear. */
  unapproved: number;
}

/** All that this copy of the application can say in its calls. */
export interface Voice {
  prompts: {
    /** Of calls that name no other. */
    language: string;
    /** Those that have both words and audio in this language. */
    ids: ReadonlySet<string>;
    /** All there are, by tag; absent: there is only that one. */
    languages?: ReadonlyMap<string, SpokenLanguage>;
  };
  flows: ReadonlyMap<string, Flow>;
}

interface Asking {
  /** False: in rehearsals, and before anybody is rung, stand-ins will do. */
  forPatients?: boolean;
  toldOn?: ToldOn;
  /** Its name, once it is made. */
  campaign?: string | undefined;
}

/**
 * What a call of this campaign would stumble over, a sentence each with its remedy; none when it can be held. The flows
 * themselves were checked when they were read: this is about what a campaign adds to its flow.
 */
export function cannotSay(
  settings: CampaignSettings,
  voice: Voice,
  { forPatients = true, toldOn = "command", campaign }: Asking = {},
): string[] {
  const { language } = settings;
  const asked = { forPatients, campaign, remedy: remedies[toldOn] };
  const own = cannotSpeak(settings, voice, { language, ...asked });
  const flow = voice.flows.get(settings.flow);
  if (own.length > 0 || !flow) return own;
  return settings.offerLanguages
    .filter((offered) => offered !== language)
    .flatMap((offered) => cannotOffer(settings, voice, { language: offered, flow, ...asked }));
}

interface Asked extends Pick<Asking, "campaign"> {
  forPatients: boolean;
  language: string;
  remedy: Remedies;
}

/** @param offered false: the one that the campaign's calls are in */
function cannotSpeak(
  settings: CampaignSettings,
  { prompts, flows }: Voice,
  { language, forPatients, campaign, remedy, offered = false }: Asked & { offered?: boolean },
): string[] {
  const spoken = languageOf(prompts, language);
  if (!spoken) {
    const there = [...(prompts.languages?.keys() ?? [prompts.language])].join(" or ");
    return [
      offered
        ? `the campaign offers ${language}, the calls are in ${there}; ${remedy.offerNot(language)}`
        : `the campaign's language is ${language}, the calls are in ${there}; ${remedy.beIn(there)}`,
    ];
  }
  if (forPatients && spoken.unapproved > 0)
    return [
      `${spoken.unapproved} prompts in ${language} are a machine's, and nobody has approved them; ` +
        remedy.approve(language),
    ];
  const flow = flows.get(settings.flow);
  if (!flow) return [`there is no call flow "${settings.flow}"; there are: ${[...flows.keys()].join(", ")}`];
  const missing = promptsMissing(settings, flow, { ids: spoken.ids, remedy });
  return offered
    ? missing.map((fault) => `in ${language} ${fault}`)
    : [...nobodyBehind(settings, flow, (target) => remedy.numberFor(target, campaign)), ...missing];
}

function cannotOffer(
  settings: CampaignSettings,
  voice: Voice,
  { flow, ...asked }: Asked & { flow: Flow },
): string[] {
  const { language, remedy } = asked;
  const keys = Object.values(flow.steps).flatMap((step) =>
    step.kind === "menu" || step.kind === "language" ? step.choices.map((choice) => choice.language) : [],
  );
  if (!keys.includes(language))
    return [`the flow ${flow.flow} has no key for ${language}; ${remedy.offerNot(language)}`];
  return cannotSpeak(settings, voice, { ...asked, offered: true });
}

interface Spoken {
  ids: ReadonlySet<string>;
  remedy: Remedies;
}

function promptsMissing(settings: CampaignSettings, flow: Flow, spoken: Spoken): string[] {
  return promptsOf(settings, flow).flatMap(({ id, family }) => {
    if (spoken.ids.has(id)) return [];
    return [`there is no prompt "${id}" with words and audio; ${remedyFor(id, family, spoken)}`];
  });
}

/** Names that the flow puts callers through to, and the campaign has no number for. */
export function nobodyBehind(
  { transfers }: CampaignSettings,
  flow: Flow,
  numberFor: (target: string) => string,
): string[] {
  return targetsOf(flow)
    .filter((name) => !Object.hasOwn(transfers, name))
    .map(
      (name) =>
        `the flow "${flow.flow}" puts callers through to "${name}", who has no number; ${numberFor(name)}`,
    );
}

/** Whom the flow puts callers through to, by name, each once. */
export const targetsOf = ({ steps }: Flow): string[] => [
  ...new Set(Object.values(steps).flatMap((step) => (step.kind === "transfer" ? [step.to] : []))),
];

const languageOf = (
  { language, ids, languages }: Voice["prompts"],
  tag: string,
): SpokenLanguage | undefined =>
  languages?.get(tag) ?? (tag === language ? { ids, unapproved: 0 } : undefined);

interface Needed {
  id: string;
  /** Prompts that differ in a number only, and the setting that chooses among them. */
  family?: { pattern: RegExp; setting: "storyLimit" | "offerAfter" };
}

const storyLimits = { pattern: /^story-limit-(\d+)s$/, setting: "storyLimit" } as const;
const waits = { pattern: /^in-(\d+)-seconds$/, setting: "offerAfter" } as const;

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

function remedyFor(id: string, family: Needed["family"], { ids, remedy }: Spoken): string {
  const add = remedy.addPrompt;
  if (!family) {
    const meant = nearest(id, [...ids]);
    return meant ? `did you mean ${meant}?` : add;
  }
  const spoken = [...ids].flatMap((other) => Number(family.pattern.exec(other)?.[1] ?? [])).filter(Boolean);
  const choices = spoken.toSorted((a, b) => a - b).join(" or ");
  return choices ? `take ${choices} for ${remedy[family.setting]}, or ${add}` : add;
}
