/** Keeps the board of calls fresh; without it the page has a link that loads it again. */
const board = document.querySelector("[data-board]");
const state = document.querySelector("[data-board-state]");
const told = document.querySelector("[data-board-told]");

/** A screen reader hears the sums now and then, never each change. */
const tellEveryMs = 20_000;
let toldAt = 0;
let toldLast = "";

function tell() {
  const summary = board.querySelector("[data-summary]")?.dataset.summary ?? "";
  const now = Date.now();
  if (summary === toldLast || now - toldAt < tellEveryMs) return;
  toldAt = now;
  toldLast = summary;
  told.textContent = summary;
}

/** Only rows that say something else are touched, so that nobody loses their place. */
function renewRows(old, fresh) {
  const [before, after] = [old.querySelector("tbody"), fresh.querySelector("tbody")];
  if (!before || !after) return old.replaceWith(fresh);
  const known = new Map([...before.rows].map((row) => [row.dataset.visit, row]));
  const rows = [...after.rows].map((row) => {
    const same = known.get(row.dataset.visit);
    return same?.isEqualNode(row) ? same : row;
  });
  for (const [place, row] of rows.entries())
    if (before.rows[place] !== row) before.insertBefore(row, before.rows[place] ?? null);
  while (before.rows.length > rows.length) before.rows[before.rows.length - 1].remove();
}

function renew(html) {
  const focused = document.activeElement?.getAttribute("href");
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  for (const part of [...fresh.children]) {
    const old = board.querySelector(`[data-part="${part.dataset.part}"]`);
    if (old && !old.isEqualNode(part)) renewRows(old, part);
  }
  if (focused && !document.activeElement?.getAttribute("href"))
    board.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  state.textContent = "Live: it changes by itself.";
  tell();
}

if (board && "EventSource" in window) {
  const events = new EventSource(board.dataset.board);
  events.addEventListener("board", ({ data }) => renew(JSON.parse(data)));
  events.addEventListener("error", () => {
    if (events.readyState !== EventSource.CLOSED) return;
    state.textContent = "The board is not live any more.";
    told.textContent = "The board is not live any more.";
  });
}
