import type { FastifyInstance } from "fastify";
import { browserWav } from "../browser-wav.ts";
import { readRange } from "../byte-range.ts";
import type { ApiParts } from "../ports.ts";
import { askerOf } from "./guard.ts";
import { Problem } from "./problems.ts";
import { id, object } from "./schemas.ts";

const audio = { description: "16-bit PCM, mono", content: { "audio/wav": { schema: {} } } };

export function recordingRoutes(web: FastifyInstance, { recordings }: ApiParts): void {
  web.get<{ Params: { storyId: string } }>("/recordings/:storyId", {
    config: { scope: "read:recordings" },
    schema: {
      tags: ["Recordings"],
      summary: "A story's audio, whole or one range of it (RFC 9110, 14)",
      params: object({ storyId: id("The story's id") }),
      response: { 200: audio, 206: audio },
    },
    handler: async (request, reply) => {
      const { params, headers } = request;
      const stored = await recordings.read(params.storyId, askerOf(request));
      if (!stored) throw new Problem("recording-missing");
      const bytes = browserWav(stored.bytes);
      const etag = `"${stored.sha256}"`;
      // If-Range with another tag: the whole, for the parts would not fit together (RFC 9110, 13.1.5).
      const wanted =
        headers["if-range"] === undefined || headers["if-range"] === etag ? headers.range : undefined;
      const range = readRange(wanted, bytes.length);
      reply.headers({ "accept-ranges": "bytes", etag });
      if (range === "unsatisfiable") {
        reply.header("content-range", `bytes */${bytes.length}`);
        throw new Problem("range-unsatisfiable");
      }
      reply.type("audio/wav");
      if (range === null) return reply.send(bytes);
      reply.code(206).header("content-range", `bytes ${range.from}-${range.to}/${bytes.length}`);
      return reply.send(bytes.subarray(range.from, range.to + 1));
    },
  });
}
