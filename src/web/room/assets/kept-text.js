/** Nothing typed is lost: it is kept in this browser until it is saved, and where one stood in it is found again. */

/** A week: older texts are of files that have long changed. */
const keepMs = 7 * 24 * 3_600_000;

/**
 * @param form with `data-unsaved` where its text is not what is saved, `data-saved` where it was saved just now
 * @param changed called when the text was changed by this
 */
export function keepTyped(form, area, changed) {
  const key = `hearback-text ${form.getAttribute("action")}`;
  const before = area.value;
  const isSaved = () => area.value === before && !("unsaved" in form.dataset);
  // The address still says "saved" when somebody comes back to it with more typed since.
  if ("saved" in form.dataset && stored(localStorage, key)?.text.trimEnd() === area.value.trimEnd())
    store(localStorage, key, null);
  offerKept();
  let leaving = false;
  area.addEventListener("input", () => keep());
  form.addEventListener("submit", () => {
    leaving = true;
    keep();
    store(sessionStorage, key, { at: area.selectionStart, top: area.scrollTop, page: scrollY });
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && !isSaved()) event.preventDefault();
  });
  for (const link of document.querySelectorAll("[data-forget]"))
    link.addEventListener("click", () => {
      leaving = true;
      store(localStorage, key, null);
    });
  comeBack();

  function keep() {
    store(localStorage, key, isSaved() ? null : { text: area.value, at: Date.now() });
  }

  function offerKept() {
    const kept = stored(localStorage, key);
    const box = document.querySelector("[data-editor-kept]");
    if (!kept || kept.text === area.value || Date.now() - kept.at > keepMs) return;
    const when = { dateStyle: "long", timeStyle: "short" };
    box.querySelector("[data-editor-kept-at]").textContent = new Date(kept.at).toLocaleString("en-GB", when);
    box.hidden = false;
    const end = (put) => {
      box.hidden = true;
      if (put) {
        area.value = kept.text;
        keep();
        changed();
      } else store(localStorage, key, null);
      area.focus();
    };
    box.querySelector("[data-editor-put-in]").addEventListener("click", () => end(true));
    box.querySelector("[data-editor-forget]").addEventListener("click", () => end(false));
  }

  /** A check or a key of the try-out loads the page anew: the caret and the view stay. */
  function comeBack() {
    const place = stored(sessionStorage, key);
    store(sessionStorage, key, null);
    if (!place || !("unsaved" in form.dataset)) return;
    area.setSelectionRange(place.at, place.at);
    area.scrollTop = place.top;
    // What was refused, and why, stands at the top.
    if (location.hash === "" && !("refused" in form.dataset)) scrollTo(0, place.page);
  }
}

/** A browser may refuse to keep anything, or be full: typing goes on. */
function store(where, key, value) {
  try {
    if (value === null) where.removeItem(key);
    else where.setItem(key, JSON.stringify(value));
  } catch {
    // Then it is kept on the page alone.
  }
}

function stored(where, key) {
  try {
    return JSON.parse(where.getItem(key));
  } catch {
    return null;
  }
}
