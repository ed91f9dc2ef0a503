/** The list by keyboard: from story to story, open, play. Whoever speaks to their computer can switch it off (WCAG 2.1.4). */
const links = [...document.querySelectorAll(".stories-row__title a")];
const help = document.querySelector("#keys");
const onSwitch = document.querySelector("#keys-on");
const said = document.querySelector("#stories-said");
const remembered = "hearback-list-keys";

document.querySelector("#keys-switch").hidden = false;
onSwitch.checked = localStorage.getItem(remembered) !== "off";
onSwitch.addEventListener("change", () => {
  localStorage.setItem(remembered, onSwitch.checked ? "on" : "off");
});

const rowOf = (element) => element.closest(".stories-row");

function step(by) {
  const here = links.findIndex((link) => rowOf(link).contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
  links[next]?.focus();
  if (links[next]) rowOf(links[next]).scrollIntoView({ block: "nearest" });
}

const turn = (name) => document.querySelector(`[data-turn="${name}"]`)?.click();

/** One voice at a time. */
const player = new Audio();
let playing = null;

function tell(row, words) {
  if (!row) return;
  said.textContent = words;
  row.querySelector(".stories-row__playing").textContent = words;
}
player.addEventListener("play", () => tell(playing, "Playing"));
player.addEventListener("pause", () => tell(playing, player.ended ? "" : "Paused"));
player.addEventListener("error", () => tell(playing, "This story cannot be played here. Open it instead."));

/** Plays or pauses the story in a row; where that cannot be, opens it. */
async function playOrPause(link) {
  const row = rowOf(link);
  if (row === playing) return player.paused ? player.play() : player.pause();
  tell(playing, "");
  playing = null;
  player.pause();
  const token = document.querySelector('input[name="_csrf"]').value;
  const path = new URL(link.href).pathname;
  const answer = await fetch(`${path}/listen`, { method: "POST", headers: { "x-csrf-token": token } });
  if (!answer.ok) return link.click();
  const { src } = await answer.json();
  playing = row;
  player.src = src;
  return player.play();
}

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
  " ": () => playOrPause(document.activeElement),
};

/** In a field or on a button a key is the field's own. */
const taken = (target) =>
  target.closest("input, select, textarea, button, summary, [contenteditable]") !== null;

document.addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (ctrlKey || metaKey || altKey) return;
  // From its own summary "?" closes the help again.
  if (taken(target) && !(key === "?" && help.contains(target))) return;
  const act = acts[key];
  if (!act || !onSwitch.checked) return;
  // Elsewhere the space bar scrolls.
  if (key === " " && !links.includes(target)) return;
  event.preventDefault();
  act();
});
