/** What a token may be good for, and nothing else: no scope includes another. */
export const scopes = [
  "read:campaigns",
  "write:campaigns",
  "write:imports",
  "read:visits",
  "write:visits",
  "read:results",
  "read:recordings",
  "read:opt-outs",
  "write:opt-outs",
  "write:dialling",
  "read:health",
  "read:metrics",
] as const;

export type Scope = (typeof scopes)[number];

export const isScope = (word: string): word is Scope => (scopes as readonly string[]).includes(word);
