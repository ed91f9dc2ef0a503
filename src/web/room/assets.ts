/** Styles and scripts: our own, and nhsuk-frontend's without the fonts that it would fetch from elsewhere. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { FastifyInstance } from "fastify";

const own = join(import.meta.dirname, "assets");
const nhsuk = dirname(createRequire(import.meta.url).resolve("nhsuk-frontend"));

interface Asset {
  type: string;
  bytes: Buffer;
}

const types: Record<string, string> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** The fonts are another host's, and are not ours to use (DEPENDENCIES.md section 6). */
const withoutFonts = (css: string): string => css.replaceAll(/@font-face\s*\{[^}]*\}/g, "");

const assets: ReadonlyMap<string, Asset> = new Map([
  ...readdirSync(own).map((name): [string, Asset] => [name, asset(name, readFileSync(join(own, name)))]),
  [
    "nhsuk.css",
    asset("nhsuk.css", withoutFonts(readFileSync(join(nhsuk, "nhsuk-frontend.min.css"), "utf8"))),
  ],
  ["nhsuk.js", asset("nhsuk.js", readFileSync(join(nhsuk, "nhsuk-frontend.min.js")))],
  ...readdirSync(join(nhsuk, "assets/images"))
    .filter((name) => name.startsWith("nhsuk-icon-") && name.endsWith(".svg"))
    .map((name): [string, Asset] => [
      `images/${name}`,
      asset(name, readFileSync(join(nhsuk, "assets/images", name))),
    ]),
]);

function asset(name: string, content: Buffer | string): Asset {
  const type = types[name.split(".").at(-1) ?? ""];
  if (!type) throw new Error(`${name} is of no kind that pages may use`);
  return { type, bytes: Buffer.from(content) };
}

/** Changes whenever any of them does, so that browsers may keep them for good. */
export const assetVersion = createHash("sha256")
  .update(Buffer.concat([...assets.values()].map(({ bytes }) => bytes)))
  .digest("hex")
  .slice(0, 12);

export async function serveAssets(web: FastifyInstance): Promise<void> {
  web.get<{ Params: { "*": string } }>("/assets/*", { config: { right: "open" } }, async (request, reply) => {
    const found = assets.get(request.params["*"]);
    if (!found) return reply.code(404).type("text/plain").send("Not found\n");
    // Scripts import each other without a version: those are asked for anew each time.
    const versioned = request.url.endsWith(`?${assetVersion}`);
    return reply
      .header("cache-control", versioned ? "public, max-age=31536000, immutable" : "no-cache")
      .type(found.type)
      .send(found.bytes);
  });
}
