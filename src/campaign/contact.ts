/** One row of a list: the visit that a person is to be asked about, and how to reach them. Personal data throughout. */
export interface Visit {
  /** The trust's own reference, unique within a campaign. */
  visitRef: string;
  /** E.164; stored encrypted, with a keyed hash to find it by. */
  phone: string;
  /** What identifies the person (person.ts), to be kept as a keyed hash only. */
  person: string;
  givenName: string | null;
  visitAt: Date | null;
  /** Null: the campaign's own trust. */
  trust: string | null;
  site: string | null;
  ward: string | null;
  service: string | null;
  /** BCP 47, e.g. "en-GB"; null: the campaign's own language. */
  language: string | null;
  /** Ten digits, modulus 11 checked. */
  nhsNumber: string | null;
  /** Anything but null: the visit is kept with the disposition "suppressed" and never rung. */
  doNotCallReason: DoNotCallReason | null;
  /** Columns kept by name (`--keep`), as they were in the file. */
  extra: Record<string, string>;
  /** Equal for two rows exactly when they say the same; to be kept as a keyed hash, for "the same file twice". */
  content: string;
}

/** Why a person is not to be telephoned (DOMAIN.md 4.4: PDS codes and contact preferences; 8.17 to 8.19). */
export const doNotCallReasons = [
  "deceased",
  "restricted",
  "textphone",
  "proxy",
  "sign_language",
  "no_telephone",
  "opted_out",
  "interpreter",
  "sensitive",
  "other",
] as const;

export type DoNotCallReason = (typeof doNotCallReasons)[number];
