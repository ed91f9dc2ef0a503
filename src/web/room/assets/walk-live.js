/** Follows a walk that is under way; without it the page has a link that loads it again. */
const place = document.querySelector("[data-walk]");
const state = document.querySelector("[data-live-state]");
const everyMs = 2_000;

async function look() {
  if (document.hidden) return;
  const answer = await fetch(place.dataset.walk);
  if (!answer.ok || answer.redirected) throw new Error("not there");
  const html = await answer.text();
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  const at = fresh.querySelector("[data-walk-state]")?.dataset.walkState;
  // Its buttons are others once it is over.
  if (at !== "waiting" && at !== "walking") return location.assign("/releases/draft/walk");
  if (fresh.textContent !== place.textContent) place.replaceChildren(...fresh.childNodes);
  state.textContent = "Live: it changes by itself.";
}

if (place)
  setInterval(() => {
    look().catch(() => {
      state.textContent = "This is not live any more.";
    });
  }, everyMs);
