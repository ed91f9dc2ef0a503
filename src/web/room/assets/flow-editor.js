/**
 * What a script adds to the text of a file: line numbers, faults underlined as one types, names that fit; and what is
 * typed is kept in this browser until it is saved. It never moves the caret of somebody who types.
 */
import { keepTyped } from "./kept-text.js";

const form = document.querySelector("[data-editor]");
const frame = form?.querySelector("[data-editor-frame]");
const area = form?.querySelector("textarea");
const status = form?.querySelector("[data-editor-status]");
const list = form?.querySelector("[data-editor-faults]");
const elsewhere = form?.querySelector("[data-editor-elsewhere]");
const others = form?.querySelector("[data-editor-others]");
const checkAfterMs = 500;
/** As many as need no scrolling; typing leaves fewer. */
const mostNames = 9;
let names = form ? JSON.parse(form.querySelector("[data-editor-names]").textContent) : null;
let faults = [];

const make = (tag, className, text = "") => {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
};

// ---- behind the text: numbers and marks --------------------------------------------------------------------------
const lines = make("div", "flow-lines");
const marks = make("div", "flow-marks");
for (const layer of [lines, marks]) layer.setAttribute("aria-hidden", "true");

function draw() {
  const rows = area.value.split("\n");
  lines.textContent = rows.map((_, at) => at + 1).join("\n");
  marks.textContent = "";
  rows.forEach((row, at) => {
    const fault = faults.find(({ line }) => line === at + 1);
    const from = fault ? Math.min(row.length, Math.max(0, fault.column - 1)) : row.length;
    marks.append(row.slice(0, from));
    if (fault) marks.append(make("mark", "", row.slice(from).trimEnd() || " "));
    marks.append("\n");
  });
  follow();
}

function follow() {
  lines.scrollTop = area.scrollTop;
  marks.scrollTop = area.scrollTop;
  marks.scrollLeft = area.scrollLeft;
}

// ---- checks ----------------------------------------------------------------------------------------------------
let timer = 0;
let asked = 0;

async function check() {
  const turn = ++asked;
  const fields = new URLSearchParams({ _csrf: form.elements._csrf.value, text: area.value });
  const answer = await fetch(form.dataset.editor, { method: "POST", body: fields });
  if (!answer.ok || answer.redirected) throw new Error("not checked");
  const found = await answer.json();
  // What was typed meanwhile is asked about again.
  if (turn !== asked) return;
  faults = found.faults;
  status.textContent = found.status;
  names = { ...found.completions, prompts: { ...names.prompts, ...found.completions.prompts } };
  tell();
  tellOthers(found.elsewhere);
  draw();
}

function tell() {
  refill(
    list,
    faults.map((fault) => {
      const link = make("a", "", `Line ${fault.line}`);
      link.href = "#text";
      link.dataset.line = fault.line;
      link.dataset.column = fault.column;
      return itemOf(fault, link);
    }),
  );
}

function tellOthers(found) {
  elsewhere.hidden = found.length === 0;
  refill(
    others,
    found.map((fault) => {
      const link = make("a", "", fault.at.text);
      link.href = fault.at.href;
      return itemOf(fault, link);
    }),
  );
}

function itemOf({ level, what, instead }, link) {
  const item = make("li", `flow-fault flow-fault--${level}`);
  item.append(link, ` ${what} `, make("span", "flow-instead", instead));
  return item;
}

/** Whoever stands in the list keeps their place in it; a list that is as it was is left alone. */
function refill(holder, items) {
  const same = holder.children.length === items.length;
  if (same && items.every((item, at) => item.isEqualNode(holder.children[at]))) return;
  const at = [...holder.children].findIndex((item) => item.contains(document.activeElement));
  holder.replaceChildren(...items);
  if (at >= 0) items[Math.min(at, items.length - 1)]?.querySelector("a").focus({ preventScroll: true });
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    check().catch(() => {
      status.textContent = "It could not be checked just now.";
    });
  }, checkAfterMs);
}

function goTo({ line, column }) {
  const rows = area.value.split("\n");
  const at = rows.slice(0, line - 1).reduce((sum, row) => sum + row.length + 1, 0) + Math.max(0, column - 1);
  area.focus();
  area.setSelectionRange(at, at);
  area.scrollTop = Math.max(0, (line - 6) * 20);
}

// ---- names that fit -----------------------------------------------------------------------------------------------
const box = make("ul", "flow-names");
box.id = "flow-names";
box.setAttribute("role", "listbox");
box.setAttribute("aria-label", "Names that fit");
box.hidden = true;
let chosen = 0;
/** They chose among them, or asked for them: then Enter takes one. Else it ends the line, as everywhere. */
let isMeant = false;
const promptFields = ["say", "sayAfter", "nudge", "label", "tone", "wrong", "readBack", "hear", "heard"];

/** The word before the caret, and which names may stand there. */
function place() {
  const before = area.value.slice(0, area.selectionStart);
  const row = before.slice(before.lastIndexOf("\n") + 1);
  const typed = /[A-Za-z0-9-]*$/.exec(row)[0];
  const rest = row.slice(0, row.length - typed.length);
  const field = /([A-Za-z]+):\s*(?:\[[^\]]*)?$/.exec(rest)?.[1] ?? (/^\s*-\s*$/.test(rest) ? "say" : null);
  const prompts = Object.entries(names.prompts).map(([name, words]) => ({ name, words }));
  const plain = (all) => all.map((name) => ({ name, words: "" }));
  if (field === "kind" && names.kinds.length > 0) return { typed, fits: plain(names.kinds) };
  if (/\[[^\]]*$/.test(rest) || promptFields.includes(field)) return { typed, fits: prompts };
  if (field !== null) return { typed, fits: plain(names.steps) };
  return { typed, fits: plain(names.fields.map((name) => `${name}: `)) };
}

function offer(anything) {
  isMeant = anything;
  const { typed, fits } = place();
  const found = fits
    .filter(({ name }) => name.includes(typed) && name.trim() !== typed)
    .toSorted((one, other) => other.name.startsWith(typed) - one.name.startsWith(typed))
    .slice(0, mostNames);
  box.textContent = "";
  box.hidden = found.length === 0 || (!anything && typed.length < 2);
  if (box.hidden) return area.removeAttribute("aria-activedescendant");
  for (const [at, { name, words }] of found.entries()) {
    const item = make("li", "", name);
    item.id = `flow-name-${at}`;
    item.dataset.name = name;
    item.setAttribute("role", "option");
    if (words) item.append(make("span", "", ` ${words.slice(0, 60)}`));
    box.append(item);
  }
  choose(0);
  const row = area.value.slice(0, area.selectionStart).split("\n");
  box.style.top = `${8 + row.length * 20 - area.scrollTop}px`;
  box.style.left = `${Math.min(56 + row.at(-1).length * 8.4 - area.scrollLeft, frame.clientWidth / 2)}px`;
}

function choose(at) {
  chosen = (at + box.children.length) % box.children.length;
  for (const [place, item] of [...box.children].entries())
    item.setAttribute("aria-selected", String(place === chosen));
  const item = box.children[chosen];
  area.setAttribute("aria-activedescendant", item.id);
  item.scrollIntoView({ block: "nearest" });
}

function take(item) {
  const { typed } = place();
  const at = area.selectionStart;
  area.setRangeText(item.dataset.name, at - typed.length, at, "end");
  close();
  changed();
}

function close() {
  box.hidden = true;
  area.removeAttribute("aria-activedescendant");
}

function keys(event) {
  if (event.ctrlKey && event.key === " ") {
    event.preventDefault();
    return offer(true);
  }
  if (box.hidden) return;
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves) {
    isMeant = true;
    choose(chosen + moves[event.key]);
  } else if (event.key === "Tab" || (event.key === "Enter" && isMeant)) take(box.children[chosen]);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
}

function changed() {
  draw();
  later();
}

if (form) {
  frame.classList.add("flow-editor--live");
  frame.prepend(lines, marks);
  frame.append(box);
  // Only files of flows have names that fit.
  form.querySelector("[data-editor-hint]")?.removeAttribute("hidden");
  area.setAttribute("aria-controls", box.id);
  area.setAttribute("aria-autocomplete", "list");
  area.addEventListener("scroll", follow);
  area.addEventListener("keydown", keys);
  area.addEventListener("blur", () => setTimeout(close, 150));
  area.addEventListener("input", () => {
    changed();
    offer(false);
  });
  box.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const item = event.target.closest("li");
    if (item) take(item);
  });
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]");
    if (!link) return;
    event.preventDefault();
    goTo({ line: Number(link.dataset.line), column: Number(link.dataset.column) });
  });
  faults = [...list.querySelectorAll("a[data-line]")].map(({ dataset }) => ({
    line: Number(dataset.line),
    column: Number(dataset.column),
  }));
  for (const holder of [form, elsewhere])
    holder.addEventListener("click", (event) => {
      const link = event.target.closest(".flow-test a[data-line]");
      if (!link) return;
      event.preventDefault();
      goTo({ line: Number(link.dataset.line), column: Number(link.dataset.column) });
    });
  keepTyped(form, area, () => changed());
  draw();
  // Where a fault led, once, before anybody types.
  if (form.dataset.line) goTo({ line: Number(form.dataset.line), column: Number(form.dataset.column) });
}
