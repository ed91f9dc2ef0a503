/** "/governance": the audit, how long things are kept, and what is held of one person. Users have pages of their own. */
import { type AuditAction, type AuditFilter, auditActions } from "#access/audit.ts";
import type { RoomPages } from "../build-room.ts";
import { signedIn } from "../who.ts";
import { personPages } from "./person-pages.ts";
import { retentionPages } from "./retention-pages.ts";

interface AskedAudit {
  who?: string;
  action?: string;
  subject?: string;
  from?: string;
  to?: string;
  before?: string;
}

const right = { right: "governance" } as const;
const texts = (...names: string[]) => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, { type: "string", maxLength: 200 }])),
});
const asked = texts("who", "action", "subject", "from", "to", "before");

export const governancePages: RoomPages = async (web, parts) => {
  const { governance } = parts;
  web.get("/governance", { config: right }, async (_request, reply) => reply.page("governance/start.njk"));
  web.get<{ Querystring: AskedAudit }>(
    "/governance/audit",
    { config: right, schema: { querystring: asked } },
    async (request, reply) => {
      const { query } = request;
      const before = /^\d{1,15}$/.test(query.before ?? "") ? Number(query.before) : null;
      const { items, next } = await governance.audit(signedIn(request), filterOf(query), {
        before,
        limit: 50,
      });
      const { before: _, ...kept } = query;
      const address = new URLSearchParams(kept as Record<string, string>);
      return reply.page("governance/audit.njk", {
        ...{ items, query, actions: auditActions },
        next,
        address: String(address),
      });
    },
  );
  web.post<{ Body: AskedAudit & { reason?: string } }>(
    "/governance/audit.csv",
    { config: right, schema: { body: texts("_csrf", "who", "action", "subject", "from", "to", "reason") } },
    async (request, reply) => {
      const { reason = "", ...query } = request.body;
      if (reason.trim().length < 3)
        return reply.trouble(400, {
          title: "Say why",
          happened: "An export of the audit needs a reason, which the audit keeps. Nothing was exported.",
          next: "Go back and write a reason.",
        });
      const lines = await governance.auditCsv(signedIn(request), filterOf(query), reason.trim());
      const { Readable } = await import("node:stream");
      return reply
        .type("text/csv; charset=utf-8")
        .header("content-disposition", 'attachment; filename="audit.csv"')
        .send(Readable.from(lines));
    },
  );
  await web.register(retentionPages, parts);
  await web.register(personPages, parts);
};

const isAction = (word: string): word is AuditAction => (auditActions as readonly string[]).includes(word);
const dayOf = (text: string | undefined, plusDays: number): Date | null => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text ?? "")) return null;
  const day = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(day.getTime())) return null;
  day.setUTCDate(day.getUTCDate() + plusDays);
  return day;
};

function filterOf({ who, action, subject, from, to }: AskedAudit): AuditFilter {
  const [kind, id] = subject?.split(" ") ?? [];
  const [first, last] = [dayOf(from, 0), dayOf(to, 1)];
  return {
    ...(who ? { whoId: who } : {}),
    ...(action && isAction(action) ? { actions: [action] } : {}),
    ...(kind && id ? { subject: { kind, id } } : {}),
    ...(first ? { from: first } : {}),
    ...(last ? { until: last } : {}),
  };
}
