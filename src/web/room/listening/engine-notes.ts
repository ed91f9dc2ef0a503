/** What each speech engine is known to get wrong, for whoever reads its words (DEPENDENCIES.md, 4). */

const weaknesses: Record<string, string> = {
  pocketsphinx:
    "Made for American English, and only for rehearsals: of British voices it gets most words wrong. Trust the sound, not the words.",
  google:
    "It leaves out what it cannot make out, and often gets names, medicines and numbers wrong. Listen where those matter.",
  "openai-compatible":
    "It can write fluent sentences that nobody said, above all over silence and noise. Listen before you rely on them.",
};

export const engineWeakness = (engine: string): string =>
  weaknesses[engine] ?? "Speech engines get names, medicines and numbers wrong. Listen where those matter.";
