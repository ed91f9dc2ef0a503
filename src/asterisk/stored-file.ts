/**
 * A recording's sound, by one request over HTTP: Asterisk's websocket carries text alone, and ari-client tells no status, so
 * that "not there" would have to be asked for first.
 */
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { Clock } from "#lib/clock.ts";
import { AppError, messageOf } from "#lib/errors.ts";
import { basicAuthorization } from "./ari-credentials.ts";
import type { AriAccess } from "./ari-link.ts";
import { withDeadline } from "./deadline.ts";

export interface StoredFile {
  status: number;
  body: Buffer;
}

/**
 * @param name of a recording of ours: nothing in it needs to be encoded
 * @throws AppError ari_timeout, ari_operation_failed
 */
export async function getStoredFile(
  access: Pick<AriAccess, "url" | "user" | "password">,
  name: string,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<StoredFile> {
  const what = `GET recordings/stored/${name}/file`;
  const tooLate = new AbortController();
  const got = ask(access, name, tooLate.signal).catch((thrown) => {
    throw new AppError("ari_operation_failed", `${what}: ${messageOf(thrown)}`);
  });
  return withDeadline(clock, timeoutMs, got, () => {
    const late = new AppError("ari_timeout", `Asterisk did not answer in time: ${what}`);
    tooLate.abort(late);
    return late;
  });
}

function ask(
  { url, user, password }: Pick<AriAccess, "url" | "user" | "password">,
  name: string,
  signal: AbortSignal,
): Promise<StoredFile> {
  const { get } = url.startsWith("https:") ? https : http;
  const headers = { authorization: basicAuthorization(user, password) };
  const once = () =>
    new Promise<StoredFile>((resolve, reject) => {
      const request = get(`${url}/ari/recordings/stored/${name}/file`, { headers, signal }, (answer) => {
        whole(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
      });
      request.on("error", (cause) => reject(new GetFailed(cause, request.reusedSocket)));
    });
  // Asterisk closes a connection that nobody uses just as we begin to: nothing was answered, and reading harms nothing.
  return once().catch((thrown) => {
    if (thrown instanceof GetFailed && thrown.reused && !signal.aborted) return once();
    throw thrown;
  });
}

class GetFailed extends Error {
  readonly reused: boolean;
  constructor(cause: Error, reused: boolean) {
    super(cause.message, { cause });
    this.reused = reused;
  }
}

/** A body that breaks off before its length is an error. */
async function whole(answer: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
