/** The results as HTML. Everything that a patient or a list brought is escaped: transcripts above all. */
import { createHash } from "node:crypto";
import { escaped } from "./escaped.ts";

/** The columns of survey_result that the page shows. */
export interface ResultRow {
  visit_id: string;
  visit_ref: string;
  disposition: string;
  attempts: number;
  rating: number | null;
  rating_label: string | null;
  story_id: string | null;
  story_seconds: number | string | null;
  transcript: string | null;
  transcript_state: string;
  transcript_engine: string | null;
  callback_due: Date | string | null;
  updated_at: Date | string;
}

export function renderPage(rows: readonly ResultRow[]): string {
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hearback: rehearsal</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<header>
<h1>Hearback</h1>
<p class="rehearsal">Rehearsal: pretend people, no patient’s data</p>
</header>
<main>
${renderRows(rows)}
</main>
<footer><p><span id="fresh">This page keeps itself up to date.</span> <a href="/results.json">The same as JSON</a></p></footer>
</body>
</html>
`;
}

/** What changes while the page is open; page-script.ts exchanges the rows that differ. */
export function renderRows(rows: readonly ResultRow[]): string {
  if (rows.length === 0)
    return `<p id="counts" role="status">No visits yet.</p>\n<p class="empty" id="results">The list is being imported.</p>`;
  return `<p id="counts" role="status">${counts(rows)}</p>
<table id="results">
<caption>What came of each visit</caption>
<thead><tr><th scope="col">Visit</th><th scope="col">Outcome</th><th scope="col">Rating</th><th scope="col">Story</th><th scope="col">Updated</th></tr></thead>
<tbody>
${rows.map(renderRow).join("\n")}
</tbody>
</table>`;
}

function counts(rows: readonly ResultRow[]): string {
  const pending = rows.filter(({ disposition }) => disposition === "pending").length;
  const rated = rows.filter(({ rating }) => rating !== null).length;
  const stories = rows.filter(({ story_id }) => story_id !== null).length;
  const parts = [`${rows.length} visits`, `${rated} rated`, `${stories} stories`];
  return [...parts, pending > 0 ? `${pending} still to be called` : "all called"].join(" · ");
}

function renderRow(row: ResultRow): string {
  const cells = [
    `<th scope="row">${text(row.visit_ref)}</th>`,
    `<td data-title="Outcome">${outcome(row)}</td>`,
    `<td data-title="Rating">${rating(row)}</td>`,
    `<td data-title="Story" class="story">${story(row)}</td>`,
    `<td data-title="Updated" class="when">${time(row.updated_at)}</td>`,
  ].join("");
  const mark = createHash("sha256").update(cells).digest("hex").slice(0, 12);
  return `<tr data-visit="${text(row.visit_id)}" data-mark="${mark}">${cells}</tr>`;
}

/** Colour is never alone in telling: the words are beside it. */
const tones: Record<string, string> = {
  completed: "good",
  partial: "good",
  pending: "quiet",
  callback: "wait",
  failed: "bad",
  unknown: "bad",
  interrupted: "bad",
};

function outcome({ disposition, attempts, callback_due }: ResultRow): string {
  const tried = attempts === 0 ? "" : `<small>${attempts} ${attempts === 1 ? "attempt" : "attempts"}</small>`;
  const promised = callback_due === null ? "" : `<small>to be called ${time(callback_due)}</small>`;
  const tone = tones[disposition] ?? "plain";
  return `<span class="tag ${tone}">${text(disposition.replaceAll("_", " "))}</span>${tried}${promised}`;
}

const none = '<span class="none" aria-hidden="true">–</span><span class="unseen">none</span>';

const rating = ({ rating_label }: ResultRow): string => (rating_label === null ? none : text(rating_label));

function story(row: ResultRow): string {
  if (row.story_id === null) return row.transcript_state === "waiting" ? "<small>being kept …</small>" : none;
  const player = `<audio controls preload="metadata" src="/stories/${text(row.story_id)}.wav" aria-label="Story of ${text(row.visit_ref)}"></audio>`;
  const length =
    row.story_seconds === null ? "" : `<small>${Math.round(Number(row.story_seconds))} seconds</small>`;
  return `<div class="player">${player}${length}</div>${words(row)}`;
}

function words({ transcript, transcript_state, transcript_engine }: ResultRow): string {
  if (transcript_state === "waiting") return "<p><small>being turned into words …</small></p>";
  if (transcript_state === "no_words") return "<p><small>no words heard</small></p>";
  if (transcript_state === "failed")
    return "<p><small>could not be turned into words; the sound is kept</small></p>";
  if (transcript === null) return "";
  const engine = transcript_engine === null ? "" : ` · ${text(transcript_engine.replace(/ \(rough\)$/, ""))}`;
  return `<p class="words">${text(transcript)}</p><p><small class="rough">rough: rehearsal only${engine}</small></p>`;
}

function time(moment: Date | string): string {
  const at = new Date(moment);
  const clock = at.toISOString().slice(11, 19);
  return `<time datetime="${at.toISOString()}">${clock} UTC</time>`;
}

const text = escaped;
