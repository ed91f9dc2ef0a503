/** The places in the code where `serve` can be told to die; a test holds this list to what the code has. */
const around = (name: string, ...methods: string[]): string[] =>
  methods.flatMap((method) => [`before-${name}-${method}`, `after-${name}-${method}`]);

export const crashPoints: readonly string[] = [
  ...around("ledger", "claim", "commitToRing", "ringing", "takeOverAbandoned"),
  ...around("attempt", "end"),
  ...around("call", "begin", "keep", "partBegun", "partEnded", "end"),
  ...around("spool", "read", "remove"),
  ...around("keys", "keyFor", "find"),
  ...around("store", "put", "read"),
  ...around("story", "ofCall", "stored"),
  ...["before-originate", "after-originate", "key-written", "call-ended", "attempt-closed"],
  ...["effect-answer", "effect-keep-take", "effect-opt-out", "before-rename", "after-rename"],
];
