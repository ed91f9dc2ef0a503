/** A plain look at a rehearsal's results, for the person at this very machine. */
import type { FastifyInstance } from "fastify";
import { browserWav } from "./browser-wav.ts";
import { readRange } from "./byte-range.ts";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";
import { keepOut } from "./rehearsal-key.ts";
import { type ResultRow, renderPage, renderRows } from "./results-page.ts";

export interface RehearsalPages {
  /** Random, of letters, digits, - and _; whoever has it sees everything. */
  key: string;
  /** Rows of survey_result, in the order in which they are shown. */
  results(): Promise<ResultRow[]>;
  /** The story's WAV file as it is stored, A-law or 16-bit PCM; null where there is none. */
  audio(storyId: string): Promise<Uint8Array | null>;
}

const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#005a9c"/>' +
  '<path d="M3 8h1M6 5v6M8 3v10M10 6v4M12.500 8h.5" stroke="#fff" stroke-width="1.4" stroke-linecap="round"/></svg>';

export async function rehearsalPages(
  web: FastifyInstance,
  { key, results, audio }: RehearsalPages,
): Promise<void> {
  const guard = keepOut(key);
  web.addHook("onRequest", guard);
  web.setNotFoundHandler((_request, reply) => reply.code(404).type("text/plain").send("Not found\n"));
  web.get("/", async (_request, reply) => reply.type("text/html").send(renderPage(await results())));
  web.get("/rows", async (_request, reply) => reply.type("text/html").send(renderRows(await results())));
  web.get("/results.json", async () => results());
  web.get("/page.css", async (_request, reply) => reply.type("text/css").send(pageStyle));
  web.get("/icon.svg", async (_request, reply) => reply.type("image/svg+xml").send(icon));
  web.get("/page.js", async (_request, reply) => reply.type("text/javascript").send(pageScript));
  web.get<{ Params: { file: string } }>("/stories/:file", async (request, reply) => {
    const [, storyId] = /^([0-9a-f-]{36})\.wav$/.exec(request.params.file) ?? [];
    const stored = storyId ? await audio(storyId) : null;
    if (!stored) return reply.callNotFound();
    const bytes = browserWav(stored);
    const range = readRange(request.headers.range, bytes.length);
    reply.header("accept-ranges", "bytes").type("audio/wav");
    if (range === "unsatisfiable")
      return reply.code(416).header("content-range", `bytes */${bytes.length}`).send();
    if (range === null) return reply.send(bytes);
    const { from, to } = range;
    reply.code(206).header("content-range", `bytes ${from}-${to}/${bytes.length}`);
    return reply.send(bytes.subarray(from, to + 1));
  });
}
