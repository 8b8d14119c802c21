import { plotStyle } from './plot-style';
import { statusStyle, walletColors, walletStyle } from '../../wallet/wallet-style';

/** The style of the page, light and dark, wide and on a phone. */
export const pageStyle = `${walletColors}:root {
  color-scheme: light dark;
  --background: light-dark(#f5f5f1, #0f1113);
  --surface: light-dark(#ffffff, #181b1e);
  --sunken: light-dark(#ecece6, #22262a);
  --ink: var(--settlement-ink);
  --muted: var(--settlement-muted);
  --line: var(--settlement-line);
  --accent: light-dark(#0d5b4c, #58d3b1);
  --on-accent: light-dark(#ffffff, #06231c);
  --amber-fill: light-dark(#dc9c14, #f3c04f);
  --danger: var(--settlement-red);
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--background);
  color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, p, ol, ul, dl, dd, figure { margin: 0; padding: 0; }
ol, ul { list-style: none; }
h1 { font-size: 18px; letter-spacing: -0.01em; }
h2 { font-size: 13px; font-weight: 600; letter-spacing: 0.01em; }
a { color: inherit; }
small, .rail, .duration { color: var(--muted); font-size: 13px; }
code { font: 12px var(--settlement-mono); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

.top {
  display: flex;
  flex-wrap: wrap;
  gap: 6px 16px;
  align-items: baseline;
  padding: 18px 24px 14px;
}
.source { overflow-wrap: anywhere; color: var(--muted); }
.live { margin-left: auto; color: var(--muted); font-size: 13px; }
.live::before {
  display: inline-block;
  width: 8px;
  height: 8px;
  margin-right: 7px;
  border-radius: 50%;
  background: var(--settlement-green);
  content: '';
}
.live[data-state='lost'] { color: var(--danger); }
.live[data-state='lost']::before { background: var(--danger); }

nav { display: flex; flex-wrap: wrap; gap: 4px; }
#range { flex: 1 1 calc(100% - 300px); }
.find { flex: 0 1 260px; }
nav a, .tabs a {
  padding: 4px 11px;
  border-radius: 999px;
  color: var(--muted);
  font-size: 14px;
  text-decoration: none;
}
nav a:hover, .tabs a:hover { background: var(--sunken); color: var(--ink); }
nav a[aria-current], .tabs a[aria-current] { background: var(--sunken); color: var(--ink); font-weight: 600; }
nav a.filter {
  max-width: 100%;
  border: 1px solid var(--accent);
  color: var(--accent);
  overflow-wrap: anywhere;
}

.problem { color: var(--danger); }
#problems .problem { padding: 0 24px 10px; }

main {
  display: grid;
  grid-template-columns: minmax(0, 320px) minmax(0, 1fr);
  gap: 16px;
  max-width: 1440px;
  padding: 0 24px 40px;
}
.side, .wide { display: grid; gap: 16px; align-content: start; min-width: 0; }
.card {
  min-width: 0;
  padding: 16px 18px;
  border: 1px solid var(--line);
  border-radius: 14px;
  background: var(--surface);
}
.card:empty { display: none; }
.empty { margin-top: 8px; color: var(--muted); font-size: 14px; }
.unknown { color: var(--muted); font-style: italic; }
.count {
  padding: 0 7px;
  border-radius: 999px;
  background: var(--sunken);
  color: var(--muted);
  font-size: 12px;
}
.count[data-some='true'] { background: color-mix(in srgb, var(--danger) 16%, transparent); color: var(--danger); }

settlement-wallet, settlement-timeline { margin-top: 8px; }
.sums { margin-top: 6px; font-size: 14px; }
.current {
  display: flex;
  flex-wrap: wrap;
  gap: 3px 10px;
  align-items: center;
  padding: 9px 0;
  border-bottom: 1px solid var(--line);
  font-size: 14px;
}
.current .name { flex: 1 0 calc(100% - 110px); max-width: calc(100% - 110px); }
.current strong { margin-left: auto; }
.current small { margin-left: auto; }
.current:last-child { border-bottom: 0; }
.name { min-width: 0; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.id { max-width: 100%; overflow: hidden; color: var(--muted); text-overflow: ellipsis; white-space: nowrap; }
.side ul { max-height: 380px; overflow-y: auto; }
button {
  width: 100%;
  min-height: 42px;
  margin-top: 12px;
  padding: 8px 16px;
  border: 1px solid var(--accent);
  border-radius: 10px;
  background: var(--accent);
  color: var(--on-accent);
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}
input[type='search'] {
  width: 100%;
  padding: 6px 12px;
  border: 1px solid var(--line);
  border-radius: 999px;
  background: var(--surface);
  color: inherit;
  font: inherit;
  font-size: 14px;
}
button[aria-disabled='true'] { opacity: 0.5; cursor: default; }
.result { margin-top: 8px; color: var(--muted); font-size: 13px; }
#hints dl { display: grid; gap: 10px; margin-top: 8px; font-size: 14px; }
#hints dt { font-weight: 600; }
#hints code { white-space: nowrap; }
#hints dd { color: var(--muted); overflow-wrap: anywhere; }

${statusStyle}${walletStyle}${plotStyle}#timeline nav { margin: 8px 0 4px -11px; }
@media (min-width: 901px) {
  .side {
    position: sticky;
    top: 12px;
    max-height: calc(100dvh - 24px);
    align-self: start;
    overflow-y: auto;
  }
}

@media (max-width: 900px) {
  .top, main { padding-left: 14px; padding-right: 14px; }
  #problems .problem { padding: 0 14px 10px; }
  main { grid-template-columns: minmax(0, 1fr); }
  .side, .wide { display: contents; }
  #hints { order: 1; }
  #range, .find { flex: 1 0 100%; }
  .live { margin-left: 0; flex-basis: 100%; }
  nav a { padding: 7px 12px; }
  .tiles { display: grid; grid-template-columns: 1fr 1fr; }
}
`;

export const pageIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0d5b4c"/><path d="M8 23v-6m8 6V9m8 14v-9" stroke="#fff" stroke-width="4" stroke-linecap="round"/></svg>
`;
