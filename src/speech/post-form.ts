/** One POST of a form by node:http, since fetch takes no certificate authority of our own. */
import { type IncomingMessage, request as requestPlainly } from "node:http";
import { request as requestSecurely } from "node:https";

export interface Post {
  url: URL;
  headers: Record<string, string>;
  /** PEM text; null: the authorities that Node trusts. */
  ca: string | null;
  form: FormData;
  signal: AbortSignal;
}

export interface Answer {
  status: number;
  /** Lower case, without its parameters. */
  contentType: string;
  /** In seconds or as a date, as it stands there. */
  retryAfter: string | undefined;
  /** When the server said so, by its own clock. */
  date: string | undefined;
  body: string;
}

/** A transcript of a minute has some 50 kB, each word with its times. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Follows no redirects. Rejects with Node's error where there is no whole answer, `answer_too_long` included. */
export async function postForm({ url, headers, ca, form, signal }: Post): Promise<Answer> {
  const encoded = new Response(form); // knows how to write multipart/form-data
  const body = Buffer.from(await encoded.arrayBuffer());
  const options = {
    method: "POST",
    headers: {
      ...headers,
      "content-type": encoded.headers.get("content-type") ?? "",
      "content-length": body.length,
      accept: "application/json",
    },
    agent: false as const, // a connection of its own: none that the server has just closed
    signal,
    ...(ca === null ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? requestSecurely(url, options) : requestPlainly(url, options);
    request.once("error", reject);
    request.once("response", (response) => readWhole(response).then(resolve, reject));
    request.end(body);
  });
}

async function readWhole(response: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw Object.assign(new Error("answer too long"), { code: "answer_too_long" });
    pieces.push(piece);
  }
  return {
    status: response.statusCode ?? 0,
    contentType: (response.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase(),
    retryAfter: response.headers["retry-after"],
    date: response.headers.date,
    body: Buffer.concat(pieces).toString("utf8"),
  };
}
