/** Shows how a call to the staff goes on, until it is over; without it the page has a link that loads it again. */
const place = document.querySelector("[data-call]");
const state = document.querySelector("[data-live-state]");
const end = document.querySelector("[data-end]");
const everyMs = 1_000;

async function look() {
  const answer = await fetch(place.dataset.call);
  if (!answer.ok || answer.redirected) throw new Error("not there");
  const part = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
  const old = place.querySelector("[data-part]");
  if (old.textContent !== part.textContent) old.replaceWith(part);
  const over = part.dataset.over === "yes";
  state.textContent = over ? "The call is over." : "Live: it changes by itself.";
  if (over) end?.remove();
  return over;
}

if (place) {
  const timer = setInterval(() => {
    look().then(
      (over) => over && clearInterval(timer),
      () => {
        state.textContent = "This is not live any more.";
      },
    );
  }, everyMs);
}
