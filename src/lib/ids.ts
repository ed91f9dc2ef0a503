import { randomBytes, randomUUID } from "node:crypto";

/** A random id for a row (UUID version 4). */
export const newId = (): string => randomUUID();

/** A name that no other process has used: `prefix-` and 12 hex digits. */
export const newName = (prefix: string): string => `${prefix}-${randomBytes(6).toString("hex")}`;
