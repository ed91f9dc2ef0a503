import type { NodeSettings } from "#config.ts";
import { messageOf } from "#lib/errors.ts";
import { NotChecked } from "./check.ts";

export const ariSettings = ["ariUrl", "ariUser", "ariPassword"] as const;
export type AriSettings = Pick<NodeSettings, (typeof ariSettings)[number]>;

export interface AriAnswer {
  status: number;
  /** Parsed JSON; null where there was none. */
  body: unknown;
  /** Asterisk's clock, to the second; null where it does not tell. */
  date: Date | null;
}

/** One request by HTTP, with no connection kept. Rejects where Asterisk is away. */
export async function askAri(
  { ariUrl, ariUser, ariPassword }: AriSettings,
  path: string,
  signal: AbortSignal,
  method: "GET" | "POST" | "DELETE" = "GET",
): Promise<AriAnswer> {
  const authorization = `Basic ${Buffer.from(`${ariUser}:${ariPassword}`).toString("base64")}`;
  const response = await fetch(`${ariUrl}/ari/${path}`, { method, headers: { authorization }, signal });
  const date = Date.parse(response.headers.get("date") ?? "");
  return {
    status: response.status,
    body: await response.json().catch(() => null),
    date: Number.isNaN(date) ? null : new Date(date),
  };
}

/** For checks that need an Asterisk that answers. @throws NotChecked */
export async function wantAri<T>(settings: AriSettings, path: string, signal: AbortSignal): Promise<T> {
  const answer = await askAri(settings, path, signal).catch((thrown: unknown) => {
    throw new NotChecked(`Asterisk does not answer (${whyOf(thrown)})`);
  });
  if (answer.status === 404) return null as T;
  if (answer.status >= 400) throw new NotChecked(`Asterisk answers ${answer.status}`);
  return answer.body as T;
}

/** fetch hides what happened in `cause`. */
export function whyOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause ? thrown.cause : thrown;
  return (cause as NodeJS.ErrnoException).code ?? messageOf(cause);
}
