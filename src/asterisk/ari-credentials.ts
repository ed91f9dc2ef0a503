/**
 * ari-client's swagger keeps one password for all servers of the process: that of the last one connected to, so that of
 * two Asterisks one refuses us. Here each address gets its own.
 */
import { createRequire } from "node:module";

interface Request {
  url: string;
  headers: Record<string, string>;
}
interface Authorizations {
  add(name: string, authorization: { apply(request: Request): boolean }): void;
  remove(name: string): void;
}

/** The one that ari-client itself uses, wherever npm has put it. */
const fromAriClient = createRequire(createRequire(import.meta.url).resolve("ari-client"));
const { authorizations } = fromAriClient("swagger-client") as { authorizations: Authorizations };
const byOrigin = new Map<string, string>();
const name = "by-address";

/** As HTTP has it. */
export const basicAuthorization = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

/** To be called after each `ari.connect`: the last one added has the last word. */
export function keepCredentials({
  url,
  user,
  password,
}: {
  url: string;
  user: string;
  password: string;
}): void {
  byOrigin.set(new URL(url).origin, basicAuthorization(user, password));
  authorizations.remove(name);
  authorizations.add(name, {
    apply: (request) => {
      const ours = byOrigin.get(new URL(request.url).origin);
      if (ours) request.headers.Authorization = ours;
      return true;
    },
  });
}
