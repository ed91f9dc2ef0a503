import { hostname, userInfo } from "node:os";

/** Who types this command, by their name on this machine; `uid-10001` where it has none for them, as in a container. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.()}`;
  }
}

/** The same where it matters from which machine: of acts that concern telephones. */
export const userAtHost = (): string => `${userName()}@${hostname()}`;
