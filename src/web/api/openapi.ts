/** The API's own description, OpenAPI 3.1, made from the schemas by which the routes check what comes and goes. */
import swagger from "@fastify/swagger";
import type { FastifyInstance, RouteOptions } from "fastify";
import { object, text } from "./schemas.ts";

type Schema = Record<string, unknown>;

const problem = {
  description: "Anything else: a problem (RFC 9457), explained in /docs",
  content: {
    "application/problem+json": {
      schema: {
        ...object({
          type: text("Where it is explained; the part after # is stable"),
          title: text("What it is"),
          status: { type: "integer", description: "As in the answer" },
          detail: text("What it is in this case; never a person's data"),
        }),
        // Some have more to tell, such as a refused list's faults (RFC 9457, 3.2).
        additionalProperties: true,
      },
    },
  },
};

const idempotencyKey = text(
  "Any text of your own, one a request: with it, sending again is harmless for 24 hours",
  {
    minLength: 1,
    maxLength: 200,
  },
);

/** To be registered before the routes that it is to describe: those that have tags. */
export async function describeApi(web: FastifyInstance): Promise<void> {
  await web.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Hearback",
        version: "1",
        description:
          "Campaigns of telephone calls after a hospital visit, and what came of them. Moments are ISO 8601; pages are " +
          "read by `after` until `next` is null; fields may be added, never changed. No telephone number comes out.",
      },
      tags: [],
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer", description: "hearback token create NAME --scope ..." },
        },
      },
    },
    hideUntagged: true,
    transform: ({ schema, url, route }) => ({ schema: described(schema as Schema, route), url }),
  });
}

function described(schema: Schema | undefined, route: RouteOptions): Schema {
  if (!schema?.tags) return { ...schema, hide: true };
  const { scope } = route.config ?? {};
  const open = scope === undefined || scope === "open";
  const method = String(route.method).toLowerCase();
  return {
    ...schema,
    operationId: operationId(method, route.url),
    ...(open ? {} : { security: [{ token: [scope] }] }),
    ...(method === "post" ? { headers: object({ "Idempotency-Key": idempotencyKey }, []) } : {}),
    response: { ...(schema.response as Schema), default: problem },
  };
}

/** "post /api/v1/visits/:visitId/hold" becomes "postVisitsVisitIdHold". */
const operationId = (method: string, url: string): string =>
  method +
  url
    .replace(/^\/api\/v1/, "")
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
