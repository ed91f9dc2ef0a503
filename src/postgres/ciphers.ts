/** What the adapters here need to keep personal details secret; storage/ciphers.ts is the one in use. */
export interface Ciphers {
  encrypt(kind: DetailKind, text: string): Buffer;
  decrypt(kind: DetailKind, bytes: Buffer): string;
  /** The same text gives the same 32 bytes, so that rows can be found by it. */
  hash(kind: DetailKind, text: string): Buffer;
}

export type DetailKind =
  | "phone"
  | "person"
  | "given-name"
  | "nhs-number"
  | "extra"
  | "content"
  | "list"
  | "totp"
  | "sign-in";
