/** A list of visits: uploaded, looked through, and only then imported. Its numbers stay with whoever sent it. */
import multipart from "@fastify/multipart";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { knownColumns, requiredColumns } from "#campaign/contact.ts";
import { isRefusal, wordsOf } from "#campaign/refusals.ts";
import type { RoomParts } from "../ports.ts";
import { notFound, type Trouble } from "../troubles.ts";
import { signedIn } from "../who.ts";
import type { Fate, ListOf, ListPreview } from "./list-ports.ts";
import { inPageWords } from "./list-words.ts";

/** Some hundred thousand visits; larger lists come by the command or the API. */
const mostBytes = 10 * 1024 * 1024;
/** Each holds a connection and its campaign while it is read. */
const atOnce = 2;
const faultsShown = 100;
const fatesShown = 50;

const gone: Trouble = {
  title: "This list is not here any more",
  happened:
    "It was imported or taken back already, a newer one took its place, or it was uploaded more than an hour ago.",
  next: "Look at the campaign, or upload the list again.",
};

const busy: Trouble = {
  title: "Other lists are being read just now",
  happened: "Only a few lists are read at the same time. Nothing was changed.",
  next: "Try again in a minute.",
};

type Of = { Params: ListOf; Body: { skipBad?: string } };
type OfCampaign = { Params: { campaignId: string } };

export async function listPages(web: FastifyInstance, parts: RoomParts): Promise<void> {
  const { lists } = parts;
  const config = { right: "campaigns" } as const;
  let underWay = 0;
  /** Null: too many at once. */
  const inTurn = async <T>(work: () => Promise<T>): Promise<{ done: T } | null> => {
    if (underWay >= atOnce) return null;
    underWay += 1;
    try {
      return { done: await work() };
    } finally {
      underWay -= 1;
    }
  };
  const base = "/campaigns/:campaignId/list";

  web.get<OfCampaign>(base, { config }, (request, reply) => uploadPage(parts, request, reply, null));

  await web.register(async (uploads) => {
    await uploads.register(multipart, {
      limits: { fileSize: mostBytes, files: 1, fields: 2, parts: 3, fieldSize: 1000, headerPairs: 20 },
    });
    uploads.post<OfCampaign>(base, { config }, async (request, reply) => {
      const { bytes, keep } = await readUpload(request);
      const fault = faultOf(bytes);
      if (fault) return uploadPage(parts, request, reply, fault);
      const { campaignId } = request.params;
      const listId = await lists.keep(signedIn(request), campaignId, { bytes, keep });
      if (!listId) return reply.trouble(404, notFound);
      return reply.redirect(`/campaigns/${campaignId}/list/${listId}`, 303);
    });
  });

  web.get<Of>(`${base}/:listId`, { config }, async (request, reply) => {
    const found = await inTurn(() => lists.preview(signedIn(request), request.params));
    if (!found) return reply.trouble(503, busy);
    return found.done ? previewPage(reply, found.done, request.params) : reply.trouble(404, gone);
  });

  web.get<Of>(`${base}/:listId/rejects.csv`, { config }, async (request, reply) => {
    const found = await inTurn(() => lists.rejects(signedIn(request), request.params));
    if (!found) return reply.trouble(503, busy);
    if (found.done === null) return reply.trouble(404, gone);
    return reply
      .header("cache-control", "no-store")
      .header("content-disposition", 'attachment; filename="rejects.csv"')
      .type("text/csv; charset=utf-8")
      .send(found.done);
  });

  web.post<Of>(`${base}/:listId`, { config }, async (request, reply) => {
    const { campaignId } = request.params;
    const skipBad = request.body?.skipBad === "yes";
    const found = await inTurn(() => lists.confirm(signedIn(request), { ...request.params, skipBad }));
    if (!found) return reply.trouble(503, busy);
    if (!found.done) return reply.trouble(404, gone);
    // The campaign has changed since the preview: it is shown anew, with what is wrong now.
    const next = found.done.kind === "refused" ? `/list/${request.params.listId}` : "?done=imported";
    return reply.redirect(`/campaigns/${campaignId}${next}`, 303);
  });

  web.post<Of>(`${base}/:listId/drop`, { config }, async (request, reply) => {
    await lists.drop(signedIn(request), request.params);
    return reply.redirect(`/campaigns/${request.params.campaignId}/list`, 303);
  });
}

async function uploadPage(
  { campaigns }: RoomParts,
  request: FastifyRequest<OfCampaign>,
  reply: FastifyReply,
  fault: string | null,
) {
  const found = await campaigns.standing(signedIn(request), request.params.campaignId);
  if (!found) return reply.trouble(404, notFound);
  const columns = { required: requiredColumns, known: knownColumns.slice(requiredColumns.length) };
  return reply.code(fault ? 422 : 200).page("campaigns/upload.njk", { ...found, ...columns, fault });
}

/** The file's bytes, none where no file was sent, and the columns that are to be kept. */
async function readUpload(request: FastifyRequest): Promise<{ bytes: Buffer; keep: string[] }> {
  let bytes: Buffer = Buffer.alloc(0);
  let keep: string[] = [];
  for await (const part of request.parts()) {
    if (part.type === "file") bytes = await part.toBuffer();
    else if (part.fieldname === "keep")
      keep = String(part.value)
        .split(",")
        .map((column) => column.trim())
        .filter(Boolean);
  }
  return { bytes, keep };
}

/** What can be told of a file at its first look. */
function faultOf(bytes: Buffer): string | null {
  if (bytes.length === 0) return "Select a CSV file that is not empty";
  const [zip, oldExcel] = [
    bytes.subarray(0, 2).toString("latin1") === "PK",
    bytes[0] === 0xd0 && bytes[1] === 0xcf,
  ];
  return zip || oldExcel
    ? "That is a spreadsheet, not a CSV file. In Excel choose “Save as”, then “CSV UTF-8”, and upload that file"
    : null;
}

function previewPage(
  reply: FastifyReply,
  { campaign, encoding, report, fates }: ListPreview,
  { listId }: ListOf,
) {
  const by = Object.groupBy(fates, ({ called }) => called);
  const shown = report.faults.slice(0, faultsShown);
  return reply.code(report.faultCount > 0 ? 422 : 200).page("campaigns/preview.njk", {
    ...{ campaign, encoding, report, listId },
    faults: shown.map((fault) => ({ ...fault, ...inPageWords(fault) })),
    moreFaults: report.faultCount - shown.length,
    groups: (["now", "later", "never"] as const).map((called) => {
      const all = by[called] ?? [];
      return { called, count: all.length, reasons: countReasons(all), rows: all.slice(0, fatesShown) };
    }),
    wordsOf: Object.fromEntries(
      fates.flatMap(({ because }) => (because && isRefusal(because) ? [[because, wordsOf(because)]] : [])),
    ),
  });
}

/** Most frequent first. */
const countReasons = (fates: readonly Fate[]): { because: string; count: number }[] =>
  [...Map.groupBy(fates, ({ because }) => because ?? "")]
    .filter(([because]) => because !== "")
    .map(([because, { length }]) => ({ because, count: length }))
    .toSorted((one, other) => other.count - one.count);
