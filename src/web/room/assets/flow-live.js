/** Keeps the numbers of calls in each step fresh; without it the page has a link that loads it again. */
const table = document.querySelector("[data-live]");
const all = document.querySelector("[data-live-all]");
const state = document.querySelector("[data-live-state]");
const everyMs = 4_000;

function show(cell, count) {
  const text = count.toLocaleString("en-GB");
  cell.classList.toggle("flow-changed", cell.textContent.trim() !== text);
  if (cell.textContent.trim() !== text) cell.textContent = text;
}

/** In the drawing the number stands at the beginning of a step's notes. */
function showDrawn(steps) {
  for (const text of document.querySelectorAll(".flow-drawing [data-step] text")) {
    const said = /^Now [\d,]+ · /.exec(text.textContent);
    if (!said) continue;
    const count = steps[text.closest("[data-step]").dataset.step] ?? 0;
    const fresh = `Now ${count} · ${text.textContent.slice(said[0].length)}`;
    if (text.textContent !== fresh) text.textContent = fresh;
  }
}

async function look() {
  if (document.hidden) return;
  const answer = await fetch(table.dataset.live, { headers: { accept: "application/json" } });
  if (!answer.ok || answer.redirected) throw new Error("not there");
  const live = await answer.json();
  show(all, live.all);
  for (const cell of table.querySelectorAll("[data-live-step]"))
    show(cell, live.steps[cell.dataset.liveStep] ?? 0);
  showDrawn(live.steps);
  state.textContent = "Who is on the telephone changes by itself.";
}

if (table)
  setInterval(() => {
    look().catch(() => {
      state.textContent = "The numbers of calls going on are not live any more.";
    });
  }, everyMs);
