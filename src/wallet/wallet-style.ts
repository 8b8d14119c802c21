/** The colours, for each of which a page can set its own value. */
export const walletColors = `:root {
  --settlement-ink: light-dark(#1a1c1e, #eceef0);
  --settlement-muted: light-dark(#5d6166, #a0a7ae);
  --settlement-line: light-dark(#dfdfd8, #2c3136);
  --settlement-amber: light-dark(#8a5a00, #f3c04f);
  --settlement-green: light-dark(#0b6b4a, #5fd6a4);
  --settlement-blue: light-dark(#1c57b5, #8cbcff);
  --settlement-red: light-dark(#a8261d, #ff9a91);
  --settlement-mono: ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, 'DejaVu Sans Mono', monospace;
}
`;

/** The colour of each state, for everything that shows one. */
export const statusStyle = `[data-status] { --status: var(--settlement-muted); }
[data-status='held'], [data-status='kept'], [data-status='settling'], [data-status='pending'] { --status: var(--settlement-amber); }
[data-status='released'], [data-status='partially-released'] { --status: var(--settlement-green); }
[data-status='refunded'], [data-status='late'] { --status: var(--settlement-blue); }
[data-status='taken'], [data-status='overcharged'], [data-status='disputed'], [data-status='unresolved'] { --status: var(--settlement-red); }
.status {
  padding: 1px 9px;
  border-radius: 999px;
  background: color-mix(in srgb, var(--status) 14%, transparent);
  color: var(--status);
  font-size: 13px;
  font-weight: 600;
  white-space: nowrap;
}
`;

/** The style of the elements. `:where` lets a page override each rule. */
export const walletStyle = `:where(settlement-wallet, settlement-timeline, settlement-receipt) {
  display: block;
  color: var(--settlement-ink);
  font-variant-numeric: tabular-nums;
dl, dd, ol, li, p { margin: 0; padding: 0; }
ol { list-style: none; }
.rail, .duration, small, time { color: var(--settlement-muted); font-size: 13px; }
.empty { color: var(--settlement-muted); font-size: 14px; }
.unknown { color: var(--settlement-muted); font-style: italic; }
code { font: 12px var(--settlement-mono); }
${statusStyle}}
:where(settlement-receipt) {
  display: flex;
  flex-wrap: wrap;
  gap: 4px 10px;
  align-items: center;
  color: var(--settlement-muted);
  font-size: 14px;
}
:where(settlement-receipt:empty) { display: none; }
:where(settlement-wallet) {
& > dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); gap: 14px 20px; }
.balance:first-child { grid-column: 1 / -1; }
.balance dt { display: flex; gap: 6px; align-items: baseline; color: var(--settlement-muted); font-size: 13px; }
.balance dt code {
  min-width: 0;
  margin-left: auto;
  overflow: hidden;
  max-width: 12ch;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.available span { font-size: 22px; font-weight: 600; letter-spacing: -0.02em; }
.balance:first-child .available span { font-size: 38px; line-height: 1.15; }
.held, .authorized { color: var(--settlement-amber); font-size: 14px; font-weight: 600; }
.held small, .authorized small { color: inherit; font-weight: 400; }
[data-empty='true'] { color: var(--settlement-muted); font-weight: 400; }
}
:where(settlement-timeline) {
  container-type: inline-size;
.hold { border-bottom: 1px solid var(--settlement-line); }
.hold:last-child { border-bottom: 0; }
summary {
  display: grid;
  grid-template-columns: 112px minmax(0, 3fr) minmax(0, 2fr) 76px 134px 52px minmax(84px, auto);
  gap: 4px 12px;
  align-items: center;
  padding: 8px 0;
  list-style: none;
  font-size: 14px;
  cursor: pointer;
}
summary::-webkit-details-marker { display: none; }
summary:hover { background: color-mix(in srgb, var(--settlement-line) 30%, transparent); }
summary .status { justify-self: start; }
summary strong { text-align: right; }
.name, .labels { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.labels { color: var(--settlement-muted); font-size: 13px; }
details > ol { padding: 2px 0 4px 8px; }
.step {
  position: relative;
  display: flex;
  flex-wrap: wrap;
  gap: 2px 8px;
  align-items: center;
  padding: 6px 0 6px 20px;
  font-size: 14px;
}
.step::before {
  position: absolute;
  top: 13px;
  left: 2px;
  width: 9px;
  height: 9px;
  border-radius: 50%;
  background: var(--status);
  content: '';
}
.step:not(:last-child)::after {
  position: absolute;
  top: 24px;
  bottom: -10px;
  left: 6px;
  width: 1px;
  background: var(--settlement-line);
  content: '';
}
.step p { flex-basis: 100%; overflow-wrap: anywhere; }
.step .proof { color: var(--settlement-muted); font-size: 13px; }
.facts {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 260px), 1fr));
  gap: 6px 20px;
  padding: 4px 0 14px 28px;
  font-size: 13px;
}
.facts dt { color: var(--settlement-muted); }
.facts .label dt::before { content: 'label '; }
.facts code { overflow-wrap: anywhere; }
@container (max-width: 640px) {
  summary { grid-template-columns: auto minmax(0, 1fr) auto; }
  summary .name { grid-area: 1 / 1 / 2 / 3; font-weight: 600; }
  summary strong { grid-area: 1 / 3; }
  summary time { grid-area: 2 / 1; }
  summary .rail { grid-area: 2 / 2; }
  summary .status { grid-area: 2 / 3; justify-self: end; }
  summary .duration, summary .labels { display: none; }
}
}
`;
