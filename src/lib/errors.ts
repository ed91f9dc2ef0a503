/** Something broken (not something a caller did), with a code to decide on and ids to search for. */
export class AppError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * @param code stable and lower case, e.g. `ari_unreachable`; decisions are made on it, never on the message
   * @param message what happened, where, and what to do about it, for a person to read
   * @param details ids only: never a telephone number, a name or a patient's words
   */
  constructor(code: string, message: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = "AppError";
    this.code = code;
    this.details = details;
  }
}

/** The text of whatever was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
