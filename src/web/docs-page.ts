/** The API for people to read: a plain page made from its own description, with nothing from elsewhere. */
import type { FastifyInstance } from "fastify";
import { problems } from "./api/problems.ts";
import { escaped } from "./escaped.ts";

interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: Schema }> }>;
}

interface Schema {
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  description?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
}

export interface ApiDescription {
  info: { title: string; version: string; description?: string };
  paths?: Record<string, Record<string, Operation>>;
}

/** `/docs` and its style; to be registered where `web.swagger` is. */
export function docsPage(web: FastifyInstance): void {
  web.get("/docs", async (_request, reply) =>
    reply.type("text/html").send(renderDocs(web.swagger() as unknown as ApiDescription)),
  );
  web.get("/docs.css", async (_request, reply) => reply.type("text/css").send(style));
}

export function renderDocs({ info, paths = {} }: ApiDescription): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
  );
  const byTag = Map.groupBy(operations, ({ tags }) => tags?.[0] ?? "Other");
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)} API ${escaped(info.version)}</title>
<link rel="stylesheet" href="/docs.css">
</head>
<body>
<header><h1>${escaped(info.title)} API ${escaped(info.version)}</h1>
<p>${escaped(info.description ?? "")}</p>
<p>The same for programs: <a href="/api/v1/openapi.json">OpenAPI 3.1</a>. Errors: <a href="#problems">problems</a>.</p></header>
<main>
${[...byTag].map(([tag, of]) => `<section><h2>${escaped(tag)}</h2>\n${of.map(renderOperation).join("\n")}</section>`).join("\n")}
<section id="problems"><h2>Problems</h2>
<table><thead><tr><th scope="col">Problem</th><th scope="col">Status</th><th scope="col">What to do</th></tr></thead><tbody>
${Object.entries(problems).map(renderProblem).join("\n")}
</tbody></table></section>
</main>
</body>
</html>
`;
}

function renderOperation({
  path,
  method,
  ...operation
}: Operation & { path: string; method: string }): string {
  const scope = operation.security?.flatMap((need) => Object.values(need).flat())[0];
  const takes = [
    ...(operation.parameters ?? []).map(({ name, in: place, required, description, schema }) =>
      row(name, place === "header" ? "header" : place, required ?? false, schema, description),
    ),
    ...Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, { schema }]) =>
      schema?.properties ? rowsOf(schema, "body") : [row(type, "body", true, schema)],
    ),
  ];
  return `<article>
<h3><code>${method.toUpperCase()} ${escaped(path)}</code></h3>
<p>${escaped(operation.summary ?? "")}. ${scope ? `Scope <code>${escaped(scope)}</code>.` : ""}</p>
${operation.description ? `<p>${escaped(operation.description)}</p>` : ""}
${table("Takes", takes)}
${table("Answers", answersOf(operation))}
</article>`;
}

/** The fields of the answer that says yes; a page's are those of its items. */
function answersOf({ responses = {} }: Operation): string[] {
  const good = Object.entries(responses).find(([status]) => status.startsWith("2"))?.[1];
  return Object.entries(good?.content ?? {}).flatMap(([type, { schema }]) => {
    if (!schema?.properties) return [row(type, "body", true, schema)];
    const items = schema.properties.items?.items;
    const own = rowsOf(schema, "").filter(
      (_, place) => Object.keys(schema.properties ?? {})[place] !== "items",
    );
    return [...(items ? rowsOf(items, "items") : []), ...own];
  });
}

const rowsOf = (schema: Schema, place: string): string[] =>
  Object.entries(schema.properties ?? {}).map(([name, of]) =>
    row(name, place, schema.required?.includes(name) ?? false, of),
  );

function row(name: string, place: string, required: boolean, schema?: Schema, description?: string): string {
  const type = [schema?.type ?? ""].flat().join(" or ");
  const kind = [type, schema?.format ?? "", schema?.enum ? schema.enum.map(String).join(", ") : ""];
  const cells = [
    `<code>${escaped(name)}</code>`,
    escaped(place),
    escaped(kind.filter((word) => word !== "").join(": ")),
    required ? "" : "optional",
    escaped(description ?? schema?.description ?? ""),
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}

const table = (caption: string, rows: string[]): string =>
  rows.length === 0 ? "" : `<table><caption>${caption}</caption><tbody>${rows.join("")}</tbody></table>`;

const renderProblem = ([slug, { status, title, remedy }]: [string, (typeof problems)["fault"]]): string =>
  `<tr id="${slug}"><td><code>${slug}</code></td><td>${status}</td><td>${escaped(`${title}. ${remedy}`)}</td></tr>`;

const style = `
:root { color-scheme: light dark; --line: #c5ced6; --soft: #55626f; --accent: #005a9c; }
@media (prefers-color-scheme: dark) { :root { --line: #3a4753; --soft: #a3b0bc; --accent: #7db8ec; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 70rem; font: 1rem/1.5 system-ui, "DejaVu Sans", sans-serif; }
a { color: var(--accent); }
h2 { border-bottom: 2px solid var(--line); margin-top: 2.5rem; }
h3 { margin-bottom: .25rem; overflow-wrap: anywhere; }
p { margin: .25rem 0; max-width: 70ch; }
table { border-collapse: collapse; margin: .5rem 0 1rem; width: 100%; font-size: .9rem; }
caption { text-align: left; color: var(--soft); }
td, th { border-top: 1px solid var(--line); padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
tr:target { outline: 3px solid var(--accent); }
`;
