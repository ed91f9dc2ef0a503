/** What is to be done where a campaign cannot be spoken, in the words of whoever is told: of commands, or of pages. */

export type ToldOn = "command" | "page";

export interface Remedies {
  offerNot(language: string): string;
  beIn(languages: string): string;
  approve(language: string): string;
  /** @param campaign its name, once it is made */
  numberFor(target: string, campaign: string | undefined): string;
  addPrompt: string;
  /** How the settings are named by which prompts are chosen. */
  storyLimit: string;
  offerAfter: string;
}

const ofCommands: Remedies = {
  offerNot: (language) => `take --offer-language ${language} out`,
  beIn: (languages) => `make it with --language ${languages}`,
  approve: (language) =>
    `let somebody who speaks it listen, then hearback prompts approve --language ${language} --reviewer NAME`,
  numberFor: (target, campaign) =>
    campaign === undefined
      ? `add --transfer ${target}=NUMBER`
      : `give one: hearback campaign transfer ${quoted(campaign)} ${target}=NUMBER`,
  addPrompt: "add its words to the manifest and its audio beside it",
  storyLimit: "--story-limit",
  offerAfter: "callbacks.offerAfterSeconds",
};

/** Who coordinates a campaign has no commands, and no right to prompts. */
const ofPages: Remedies = {
  offerNot: (language) => `it must not offer ${language}`,
  beIn: (languages) => `it must be in ${languages}`,
  approve: () =>
    "ask telecoms to let somebody who speaks it listen to each on the page of prompts, and approve it",
  numberFor: (target, campaign) =>
    campaign === undefined
      ? `ask whoever runs Hearback to make it with a number for "${target}"`
      : `give it a number for "${target}" on the campaign's page`,
  addPrompt: "ask telecoms to add its words and its sound on the page of prompts",
  storyLimit: "the longest part of a story",
  offerAfter: "the waits before a promised call",
};

const quoted = (name: string): string => (/^[\w.-]+$/.test(name) ? name : `"${name}"`);

export const remedies: Readonly<Record<ToldOn, Remedies>> = { command: ofCommands, page: ofPages };
