/** Pages from nunjucks templates, with nhsuk-frontend's components. All that is not marked safe is escaped. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";
import nunjucks from "nunjucks";
import { may } from "#access/rights.ts";
import { assetVersion } from "./assets.ts";
import { britishFilters } from "./british.ts";
import { formHolder } from "./forgeries.ts";
import type { RoomParts } from "./ports.ts";

declare module "fastify" {
  interface FastifyInstance {
    /** A part of a page, for scripts: it knows what it is given, and `version`. */
    fragment(template: string, values: Record<string, unknown>): string;
  }
  interface FastifyReply {
    /**
     * Sends a page of views/.
     * @param template e.g. "stories/list.njk"
     * @param values what it shows; beside them it knows `who`, `csrf`, `nonce`, `path`, `rehearsal`, `version`
     */
    page(template: string, values?: Record<string, unknown>): FastifyReply;
  }
}

const views = join(import.meta.dirname, "views");
/** Its package.json is not exported: what is, leads to the folder of the templates. */
const components = dirname(dirname(createRequire(import.meta.url).resolve("nhsuk-frontend")));

/** Where a user may go from every page, in this order. */
const places = [
  { text: "Stories", href: "/stories", right: "stories" },
  { text: "Urgent", href: "/urgent", right: "stories" },
  { text: "Overview", href: "/overview", right: "overview" },
  { text: "Campaigns", href: "/campaigns", right: "campaigns" },
  { text: "Calls", href: "/visits", right: "calls" },
  { text: "Telephones", href: "/telephones", right: "telephony" },
  { text: "Flows", href: "/flows", right: "telephony" },
  { text: "Releases", href: "/releases", right: "telephony" },
  { text: "Prompts", href: "/prompts", right: "telephony" },
  { text: "Dialplan", href: "/dialplan", right: "telephony" },
  { text: "Nodes", href: "/nodes", right: "telephony" },
  { text: "Governance", href: "/governance", right: "governance" },
] as const;

export function createTemplates(web: FastifyInstance, { rehearsal }: RoomParts): void {
  const loader = new nunjucks.FileSystemLoader([views, components], { noCache: false });
  const templates = new nunjucks.Environment(loader, { autoescape: true, throwOnUndefined: false });
  templates.addGlobal("version", assetVersion);
  templates.addGlobal("rehearsal", rehearsal);
  for (const [name, filter] of Object.entries(britishFilters)) templates.addFilter(name, filter);
  web.decorate("fragment", (template: string, values: Record<string, unknown>) =>
    templates.render(template, values),
  );
  web.decorateReply("page", function page(this: FastifyReply, template, values = {}) {
    const { request } = this;
    const path = request.url.split("?")[0] ?? "/";
    const html = templates.render(template, {
      ...{ who: request.who, nonce: request.nonce, path },
      csrf: this.generateCsrf({ userInfo: formHolder(request) }),
      navigation: places
        .filter(({ right }) => may(request.who, right))
        .map(({ text, href }) => ({
          ...{ text, href, here: path === href || path.startsWith(`${href}/`) },
          unheard: href === "/stories" ? request.unheard : null,
        })),
      ...values,
    });
    return this.type("text/html; charset=utf-8").send(html);
  });
}
