/** The list by keyboard: from story to story, open, play. Whoever speaks to their computer can switch it off (WCAG 2.1.4). */
const links = [...document.querySelectorAll(".stories-row__title a")];
const help = document.querySelector("#keys");
const onSwitch = document.querySelector("#keys-on");
const remembered = "hearback-list-keys";

document.querySelector("#keys-switch").hidden = false;
onSwitch.checked = localStorage.getItem(remembered) !== "off";
onSwitch.addEventListener("change", () => {
  localStorage.setItem(remembered, onSwitch.checked ? "on" : "off");
});

/** In a field or on a button a key is the field's own. */
const taken = (target) =>
  target.closest("input, select, textarea, button, summary, audio, [contenteditable]") !== null;

function step(by) {
  const here = links.findIndex((link) => link.closest(".stories-row").contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
  links[next]?.focus();
  links[next]?.closest(".stories-row").scrollIntoView({ block: "nearest" });
}

const turn = (name) => document.querySelector(`[data-turn="${name}"]`)?.click();

const acts = {
  j: () => step(1),
  k: () => step(-1),
  n: () => turn("older"),
  p: () => turn("newer"),
  "/": () => document.querySelector("#words").focus(),
  "?": () => {
    help.open = !help.open;
    if (help.open) help.querySelector("summary").focus();
  },
  " ": () => document.activeElement.click(),
};

document.addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (ctrlKey || metaKey || altKey || taken(target)) return;
  const act = acts[key];
  if (!act || (key !== "?" && !onSwitch.checked)) return;
  // Elsewhere the space bar scrolls.
  if (key === " " && !links.includes(target)) return;
  event.preventDefault();
  act();
});
