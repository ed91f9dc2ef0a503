/** Pieces of JSON Schema (2020-12, as OpenAPI 3.1 takes it) that the routes share. Also an allow-list: what a schema of
 * an answer does not name is never sent. */
import { dispositions } from "#call/disposition.ts";

type Schema = Record<string, unknown>;

export const text = (description: string, more: Schema = {}): Schema => ({
  type: "string",
  description,
  ...more,
});
export const id = (description: string): Schema => text(description, { format: "uuid" });
export const moment = (description: string): Schema => text(description, { format: "date-time" });
export const count = (description: string): Schema => ({ type: "integer", minimum: 0, description });
export const flag = (description: string, more: Schema = {}): Schema => ({
  type: "boolean",
  description,
  ...more,
});
export const oneOf = (words: readonly string[], description: string): Schema =>
  text(description, { enum: [...words] });
export const disposition = oneOf(dispositions, "How the visit stands; README.md explains each");

/** Null where there is none. */
export const orNull = (schema: Schema): Schema => {
  const { enum: words, type, ...rest } = schema;
  return { ...rest, type: [type, "null"], ...(words ? { enum: [...(words as unknown[]), null] } : {}) };
};

/** All properties must be there, unless `required` says which. */
export const object = (properties: Record<string, Schema>, required = Object.keys(properties)): Schema => ({
  type: "object",
  additionalProperties: false,
  required,
  properties,
});

export const list = (items: Schema, description?: string): Schema => ({
  type: "array",
  items,
  ...(description ? { description } : {}),
});

export const pageQuery = (more: Record<string, Schema> = {}): Schema =>
  object(
    {
      ...more,
      after: text("`next` of the page before", { minLength: 1, maxLength: 200 }),
      limit: { type: "integer", minimum: 1, maximum: 500, default: 100, description: "Rows a page" },
    },
    [],
  );

/** `after` of pages in the order of ids. */
export const pageByIdQuery = (more: Record<string, Schema> = {}): Schema => {
  const schema = pageQuery(more);
  (schema.properties as Record<string, Schema>).after = id("`next` of the page before");
  return schema;
};

export const page = (items: Schema): Schema =>
  object({ items: list(items), next: orNull(text("To be given as `after`; null: nothing follows")) });

export interface PageQuery {
  after?: string;
  limit: number;
}

export const pageOf = ({ after, limit }: PageQuery) => ({ after: after ?? null, limit });

/** The same rows with moments as ISO 8601 in UTC: what OpenAPI calls date-time. */
export const withMoments = (row: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, value instanceof Date ? value.toISOString() : value]),
  );
