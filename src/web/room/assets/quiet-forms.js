/**
 * Forms with data-quiet="SECTION" are sent without leaving the page, so that a story plays on: of the page that comes
 * back, that section takes the place of the one here. Without this script they are forms like any other.
 */
const parser = new DOMParser();
let sending = false;

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const id = form.dataset?.quiet;
  if (!id || event.defaultPrevented) return;
  event.preventDefault();
  if (sending) return;
  sending = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
    });
    const page = parser.parseFromString(await answer.text(), "text/html");
    const section = page.getElementById(id);
    if (!section || new URL(answer.url).pathname.startsWith("/sign-in")) throw new Error("no such section");
    takeOver(page, id);
  } catch {
    // Signed out, or no connection: the browser shows what there is to say.
    HTMLFormElement.prototype.submit.call(form);
  } finally {
    sending = false;
  }
});

function takeOver(page, id) {
  for (const part of [id, "told", "fault"]) {
    const [here, there] = [document.getElementById(part), page.getElementById(part)];
    if (here && there) here.replaceChildren(...there.childNodes);
  }
  document.title = page.title;
  document.dispatchEvent(new CustomEvent("section", { detail: id }));
  const fault = document.querySelector("#fault .nhsuk-error-summary");
  const next = fault ?? document.querySelector(`#${id} h2`);
  next?.setAttribute("tabindex", "-1");
  next?.focus();
}
