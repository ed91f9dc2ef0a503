/** Plain, readable, light and dark; a table on a wide screen, cards on a telephone. Contrasts are 4.5 to 1 or more. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f8; --sheet: #ffffff; --ink: #1c2733; --soft: #55626f; --line: #d9e0e6; --accent: #005a9c;
  --good: #0b6b3a; --good-ground: #e2f4e9; --wait: #7a4b00; --wait-ground: #fdf1d8;
  --bad: #9c1c1c; --bad-ground: #fbe6e6; --plain-ground: #e8edf2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12181e; --sheet: #1a222a; --ink: #e6ebf0; --soft: #a3b0bc; --line: #2e3a45; --accent: #7db8ec;
    --good: #7fd6a4; --good-ground: #12382a; --wait: #f0c46c; --wait-ground: #3b2e10;
    --bad: #f3a0a0; --bad-ground: #451d1d; --plain-ground: #2a3540;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem clamp(1rem, 3vw, 2.5rem) 2rem; max-width: 82rem;
  background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif;
}
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; margin-bottom: .75rem; }
h1 { margin: 0; font-size: 1.6rem; letter-spacing: -.01em; }
p { margin: 0; }
a { color: var(--accent); }
.rehearsal { color: var(--wait); background: var(--wait-ground); border-radius: 1rem; padding: .1rem .75rem; font-size: .9rem; }
#counts { margin-bottom: .75rem; color: var(--soft); }
table {
  width: 100%; border-collapse: separate; border-spacing: 0; background: var(--sheet);
  border: 1px solid var(--line); border-radius: .6rem;
}
caption, .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: .6rem .9rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-size: .85rem; font-weight: 600; }
tbody th { font-weight: 600; white-space: nowrap; font-variant-numeric: tabular-nums; }
small { color: var(--soft); font-size: .85rem; }
td > small { display: block; }
.tag { display: inline-block; border-radius: 1rem; padding: .05rem .65rem; white-space: nowrap; background: var(--plain-ground); }
.tag.good { color: var(--good); background: var(--good-ground); }
.tag.wait { color: var(--wait); background: var(--wait-ground); }
.tag.bad { color: var(--bad); background: var(--bad-ground); }
.tag.quiet { color: var(--soft); background: none; padding-left: 0; }
.none { color: var(--soft); }
.story { width: 48%; }
.player { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; }
audio { width: 18rem; max-width: 100%; height: 2.25rem; }
.words { margin-top: .4rem; max-width: 65ch; overflow-wrap: anywhere; }
.rough { color: var(--wait); }
.when { white-space: nowrap; color: var(--soft); font-variant-numeric: tabular-nums; }
.empty { background: var(--sheet); border: 1px dashed var(--line); border-radius: .6rem; padding: 2.5rem 1rem; text-align: center; color: var(--soft); }
footer { margin-top: 1rem; color: var(--soft); font-size: .9rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (max-width: 46rem) {
  table, tbody, tr, th, td { display: block; width: auto; }
  thead { display: none; }
  table { background: none; border: 0; }
  tbody tr { background: var(--sheet); border: 1px solid var(--line); border-radius: .6rem; margin-bottom: .75rem; padding: .5rem 0; }
  tbody th { font-size: 1.05rem; }
  th, td { border: 0; padding: .25rem .9rem; }
  td { display: grid; grid-template-columns: 5rem minmax(0, 1fr); }
  td::before { content: attr(data-title); grid-row: 1 / 20; color: var(--soft); font-size: .85rem; padding-top: .1rem; }
  td > * { grid-column: 2; justify-self: start; }
  td:has(> .none) { display: none; }
  .story { width: auto; }
  .story .player { width: 100%; }
  audio { width: 100%; }
}
`;
