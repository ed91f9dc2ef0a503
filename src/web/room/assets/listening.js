/** The player of a story: outline, words that follow the voice, clips, keys. The page works without it. */
const byId = (id) => document.getElementById(id);
const player = byId("player");
const sound = byId("sound");
const place = byId("place");
const lengthMs = Number(player.dataset.length);
const silences = JSON.parse(player.dataset.silences);
const speeds = [...byId("speed").options].map(({ value }) => Number(value));
let expiresAt = Date.parse(player.dataset.expires);
/** Where a clip that plays ends; null: no clip plays. */
let stopAtMs = null;
let words = [];
let lit = null;

const nowMs = () => sound.currentTime * 1000;
const clock = (ms) => {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};
const spoken = (ms) => {
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const count = (n, unit) => `${n} ${unit}${n === 1 ? "" : "s"}`;
  return [minutes ? count(minutes, "minute") : "", count(seconds % 60, "second")].filter(Boolean).join(" ");
};
const say = (text) => {
  byId("player-said").textContent = text;
};
const kept = {
  get: (name) => {
    try {
      return localStorage.getItem(`hearback-${name}`);
    } catch {
      return null;
    }
  },
  set: (name, value) => {
    try {
      localStorage.setItem(`hearback-${name}`, value);
    } catch {
      // The browser keeps nothing: then it is as it was the next time.
    }
  },
};

// ---- playing -------------------------------------------------------------------------------------------------------

/** A sound that fails is asked for once more, under a new grant. */
async function play() {
  for (const isLast of [false, true]) {
    try {
      if (Date.now() > expiresAt - 30_000) await renew();
      await sound.play();
      return;
    } catch (thrown) {
      if (thrown.name === "AbortError") return;
      expiresAt = 0;
      if (isLast) say("The story cannot be played. Load the page again.");
    }
  }
}

/** The fifteen minutes are over, or nearly: another grant, from where we are. */
async function renew() {
  const token = document.querySelector('input[name="_csrf"]').value;
  const answer = await fetch(`/stories/${player.dataset.story}/listen`, {
    method: "POST",
    headers: { "x-csrf-token": token },
  });
  if (!answer.ok) throw new Error(`listening was refused: ${answer.status}`);
  const grant = await answer.json();
  const at = sound.currentTime;
  sound.src = grant.src;
  sound.currentTime = at;
  expiresAt = Date.parse(grant.expiresAt);
}

function toggle() {
  stopAtMs = null;
  if (sound.paused) play();
  else sound.pause();
}

function seek(ms, { thenPlay = false, stopMs = null } = {}) {
  sound.currentTime = Math.min(Math.max(0, ms), lengthMs) / 1000;
  stopAtMs = stopMs;
  showTime();
  if (thenPlay && sound.paused) play();
}

function setSpeed(speed) {
  sound.playbackRate = speed;
  sound.defaultPlaybackRate = speed;
  byId("speed").value = String(speed);
  kept.set("speed", speed);
}

function stepSpeed(by) {
  const at = speeds.indexOf(sound.playbackRate);
  const speed = speeds[Math.min(Math.max(0, at + by), speeds.length - 1)];
  setSpeed(speed);
  say(`Speed ${speed}`);
}

function skipSilence() {
  if (!byId("skip").checked || sound.seeking) return;
  const ms = nowMs();
  const silence = silences.find(([from, to]) => ms > from + 250 && ms < to - 300);
  if (silence) sound.currentTime = (silence[1] - 200) / 1000;
}

function showTime() {
  const ms = nowMs();
  byId("now").textContent = clock(ms);
  place.value = ms;
  place.setAttribute("aria-valuetext", `${spoken(ms)} of ${spoken(lengthMs)}`);
  byId("played-to")?.setAttribute("width", String((1000 * ms) / Math.max(1, lengthMs)));
  const begun = ms > 0 || !sound.paused;
  light((begun && words.find(({ fromMs, toMs }) => ms >= fromMs && ms < toMs)?.element) || null);
}

function light(element) {
  if (element === lit) return;
  lit?.classList.remove("word--now");
  element?.classList.add("word--now");
  lit = element;
}

function attend() {
  showTime();
  skipSilence();
  if (stopAtMs !== null && nowMs() >= stopAtMs) {
    stopAtMs = null;
    sound.pause();
  }
}

function follow() {
  attend();
  if (!sound.paused) requestAnimationFrame(follow);
}

function standing() {
  byId("play").textContent = sound.paused ? "Play" : "Pause";
  if (!sound.paused) requestAnimationFrame(follow);
}

for (const event of ["play", "pause", "ended"]) sound.addEventListener(event, standing);
sound.addEventListener("seeked", showTime);
// Also while the page is not to be seen, and draws nothing.
sound.addEventListener("timeupdate", attend);
sound.addEventListener("error", () => {
  expiresAt = 0;
  standing();
});
byId("play").addEventListener("click", toggle);
byId("back").addEventListener("click", () => seek(nowMs() - 5_000));
byId("forward").addEventListener("click", () => seek(nowMs() + 5_000));
byId("speed").addEventListener("change", ({ target }) => setSpeed(Number(target.value)));
byId("skip").addEventListener("change", ({ target }) => kept.set("skip", target.checked ? "yes" : "no"));
place.addEventListener("input", () => seek(Number(place.value)));

// ---- words, moments and clips --------------------------------------------------------------------------------------

/** After the words are shown, or shown anew. One of them can be reached by Tab; the arrows go on from there. */
function readWords() {
  words = [...document.querySelectorAll("#transcript .word[data-from]")].map((element) => ({
    element,
    fromMs: Number(element.dataset.from),
    toMs: Number(element.dataset.to),
  }));
  lit = null;
  if (words[0]) stop(words[0].element);
}

function stop(element) {
  for (const old of document.querySelectorAll("#transcript .word[tabindex]")) {
    old.removeAttribute("tabindex");
    old.removeAttribute("role");
    old.removeAttribute("aria-description");
  }
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "button");
  element.setAttribute("aria-description", "plays from this word; arrows go to the next");
}

function wordKey(event, element) {
  const at = words.findIndex((word) => word.element === element);
  const next = { ArrowLeft: words[at - 1], ArrowRight: words[at + 1] }[event.key]?.element;
  if (event.key === "Enter" || event.key === " ") seek(Number(element.dataset.from), { thenPlay: true });
  else if (next) {
    stop(next);
    next.focus();
  } else if (!event.key.startsWith("Arrow")) return false;
  event.preventDefault();
  return true;
}

const momentOf = (hash) => {
  const [, from, to] = /^#t=(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?$/.exec(hash) ?? [];
  return from === undefined ? null : { fromMs: Number(from) * 1000, stopMs: to ? Number(to) * 1000 : null };
};

document.addEventListener("click", (event) => {
  const word = event.target.closest?.("#transcript .word[data-from]");
  const moment = event.target.closest?.("a.to-moment");
  const clip = event.target.closest?.("a.clip");
  if (word) {
    stop(word);
    seek(Number(word.dataset.from), { thenPlay: true });
  } else if (moment) {
    event.preventDefault();
    seek(momentOf(moment.hash).fromMs, { thenPlay: true });
  } else if (clip) {
    event.preventDefault();
    const [fromMs, stopMs] = [Number(clip.dataset.from), Number(clip.dataset.to)];
    showClip(fromMs, stopMs);
    seek(fromMs, { thenPlay: true, stopMs });
  } else if (event.target.id === "clip-here-from" || event.target.id === "clip-here-to") {
    const field = byId(event.target.id === "clip-here-from" ? "clip-from" : "clip-to");
    const tenths = Math.round(nowMs() / 100);
    const seconds = (tenths % 600) / 10;
    field.value = `${Math.floor(tenths / 600)}:${seconds < 10 ? "0" : ""}${seconds}`;
    field.focus();
  }
});

function showClip(fromMs, toMs) {
  const scale = 1000 / Math.max(1, lengthMs);
  byId("clip-shown")?.setAttribute("x", String(fromMs * scale));
  byId("clip-shown")?.setAttribute("width", String((toMs - fromMs) * scale));
}

function toMoment() {
  const moment = momentOf(location.hash);
  if (moment) seek(moment.fromMs, { stopMs: moment.stopMs });
}
addEventListener("hashchange", toMoment);

/** What is of use only with this script. */
function enliven() {
  for (const id of ["clip-here-from", "clip-here-to"]) byId(id)?.removeAttribute("hidden");
}
document.addEventListener("section", ({ detail }) => {
  if (detail === "words") readWords();
  enliven();
});

// ---- keys ----------------------------------------------------------------------------------------------------------

const open = (id) => {
  byId(id).open = true;
  byId(id).querySelector("textarea, input:not([type=hidden])")?.focus();
};
const keys = {
  " ": toggle,
  k: toggle,
  j: () => seek(nowMs() - 5_000),
  ArrowLeft: () => seek(nowMs() - 5_000),
  l: () => seek(nowMs() + 5_000),
  ArrowRight: () => seek(nowMs() + 5_000),
  "-": () => stepSpeed(-1),
  "+": () => stepSpeed(1),
  "=": () => stepSpeed(1),
  s: () => byId("skip").click(),
  h: () => byId("mark-heard").click(),
  e: () => open("correct"),
  p: () => byId("newer")?.click(),
  n: () => byId("older")?.click(),
  "?": () => byId("keys").showModal(),
};

const takesText = (element) => element.matches("textarea, select, input:not([type=range], [type=checkbox])");
const takesSpace = (element) => element.matches("button, a, summary, input[type=checkbox]");

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open || !(target instanceof Element))
    return;
  if (target.matches("#transcript .word") && wordKey(event, target)) return;
  // Arrows in the outline's slider are ours, for a tenth of a second is no step; they work also where keys are off.
  const slides = target === place && key.startsWith("Arrow");
  if (!byId("keys-on").checked && !slides) return;
  if (takesText(target) || (key === " " && takesSpace(target)) || !Object.hasOwn(keys, key)) return;
  event.preventDefault();
  keys[key]();
});
byId("keys-open").addEventListener("click", () => byId("keys").showModal());
byId("keys-on").addEventListener("change", ({ target }) => kept.set("keys", target.checked ? "on" : "off"));

// ---- links ---------------------------------------------------------------------------------------------------------

async function copy(address) {
  byId("link-address").value = address;
  byId("link-address").select();
  try {
    await navigator.clipboard.writeText(address);
    say("The link is copied.");
  } catch {
    say("Copy the link from the box.");
  }
}
const plain = byId("link-address").value;
byId("link-copy").addEventListener("click", () => copy(plain));
byId("link-moment").addEventListener("click", () => copy(`${plain}#t=${Math.round(nowMs() / 100) / 10}`));

// ---- and off -------------------------------------------------------------------------------------------------------

sound.controls = false;
for (const hidden of player.querySelectorAll("[hidden]")) hidden.removeAttribute("hidden");
byId("link-copy").hidden = false;
byId("link-moment").hidden = false;
byId("skip").checked = kept.get("skip") === "yes";
byId("keys-on").checked = kept.get("keys") !== "off";
setSpeed(speeds.find((speed) => String(speed) === kept.get("speed")) ?? 1);
readWords();
enliven();
toMoment();
showTime();
