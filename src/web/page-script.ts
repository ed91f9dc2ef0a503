/** Runs in the browser: exchanges the rows that changed, and no other, so that a story that plays goes on playing. */
export const pageScript = `"use strict";
const everyMs = 3000;
const fresh = document.getElementById("fresh");

function inLocalTime(root) {
  for (const time of root.querySelectorAll("time")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString("en-GB");
  }
}

const plays = (row) => {
  const audio = row.querySelector("audio");
  return audio !== null && !audio.paused && !audio.ended;
};
const isInUse = (row) => plays(row) || row.contains(document.activeElement);

function exchange(next) {
  const now = document.getElementById("results");
  const coming = next.getElementById("results");
  document.getElementById("counts").textContent = next.getElementById("counts").textContent;
  if (now.tagName !== coming.tagName) return now.replaceWith(coming);
  if (now.tagName !== "TABLE") return;
  const rows = new Map([...now.tBodies[0].rows].map((row) => [row.dataset.visit, row]));
  for (const row of [...coming.tBodies[0].rows]) {
    const old = rows.get(row.dataset.visit);
    if (!old) now.tBodies[0].append(row);
    else if (old.dataset.mark !== row.dataset.mark && !isInUse(old)) old.replaceWith(row);
    rows.delete(row.dataset.visit);
  }
  for (const gone of rows.values()) gone.remove();
}

async function refresh() {
  try {
    const answer = await fetch("/rows");
    if (!answer.ok) throw new Error(answer.status);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    inLocalTime(next);
    exchange(next);
    fresh.textContent = "This page keeps itself up to date.";
  } catch {
    fresh.textContent = "The rehearsal does not answer any more; this is how it stood last.";
  }
  setTimeout(refresh, everyMs);
}

inLocalTime(document);
setTimeout(refresh, everyMs);
`;
