/** Keeps the table of Asterisks and trunks fresh; without it the page has a link that loads it again. */
const place = document.querySelector("[data-nodes]");
const state = document.querySelector("[data-live-state]");
const everyMs = 4_000;

function renew(html) {
  const focused = document.activeElement?.getAttribute("href");
  for (const part of [...new DOMParser().parseFromString(html, "text/html").body.children]) {
    const old = place.querySelector(`[data-part="${part.dataset.part}"]`);
    if (old && old.textContent !== part.textContent) old.replaceWith(part);
  }
  if (focused && document.activeElement?.getAttribute("href") !== focused)
    place.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  state.textContent = "Live: it changes by itself.";
}

async function look() {
  if (document.hidden) return;
  const answer = await fetch(place.dataset.nodes);
  if (!answer.ok || answer.redirected) throw new Error("not there");
  renew(await answer.text());
}

if (place)
  setInterval(() => {
    look().catch(() => {
      state.textContent = "This is not live any more.";
    });
  }, everyMs);
