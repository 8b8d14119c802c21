/** The style of sums and plots. */
export const plotStyle = `.currency { display: grid; gap: 18px; margin-top: 12px; }
.currency + .currency { margin-top: 24px; padding-top: 20px; border-top: 1px solid var(--line); }
.tiles { display: flex; flex-wrap: wrap; gap: 12px 28px; }
.tile dt { color: var(--muted); font-size: 13px; }
.tile dd { font-size: 20px; font-weight: 600; letter-spacing: -0.01em; }
.tile small { font-weight: 400; letter-spacing: 0; }
figcaption { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: baseline; color: var(--muted); font-size: 13px; }
.tabs { display: flex; flex-wrap: wrap; gap: 2px; }
.tabs a { padding: 1px 9px; font-size: 13px; }
.chart { position: relative; height: 180px; padding-top: 20px; }
.chart svg { display: block; width: 100%; height: 100%; }
.chart .largest {
  position: absolute;
  top: 0;
  right: 0;
  color: var(--muted);
  font-size: 12px;
}
.grid { stroke: var(--line); vector-effect: non-scaling-stroke; }
.chart svg { border-bottom: 1px solid var(--line); }
g:hover rect { opacity: 0.75; }
rect.spent { fill: var(--settlement-green); }
rect.open { fill: var(--amber-fill); }
rect.returned { fill: color-mix(in srgb, var(--settlement-blue) 45%, var(--surface)); }
rect.disputed { fill: var(--settlement-red); }
.axis { display: flex; justify-content: space-between; color: var(--muted); font-size: 12px; }
.legend { display: flex; gap: 14px; margin-top: 4px; color: var(--muted); font-size: 13px; }
.legend span::before {
  display: inline-block;
  width: 10px;
  height: 10px;
  margin-right: 6px;
  border-radius: 3px;
  background: var(--settlement-green);
  content: '';
}
.legend .open::before { background: var(--amber-fill); }
.legend .returned::before { background: color-mix(in srgb, var(--settlement-blue) 45%, var(--surface)); }
.legend .disputed::before { background: var(--settlement-red); }
summary { cursor: pointer; }
.table { margin-top: 6px; font-size: 13px; }
.table summary { color: var(--muted); }
table { width: 100%; margin-top: 6px; border-collapse: collapse; }
th, td { padding: 3px 8px 3px 0; border-bottom: 1px solid var(--line); text-align: right; font-weight: 400; }
th:first-child { text-align: left; }
thead th { color: var(--muted); }

.groups { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 20px 32px; }
.bars { display: grid; gap: 10px; margin-top: 8px; }
.bars li {
  display: grid;
  grid-template-columns: minmax(0, 1fr) auto;
  gap: 3px 12px;
  align-items: baseline;
  font-size: 14px;
}
.bars a { overflow: hidden; text-decoration: none; text-overflow: ellipsis; white-space: nowrap; }
.bars a:hover { text-decoration: underline; }
.bars a[aria-current] { color: var(--accent); font-weight: 600; }
.bars small { grid-column: 1 / -1; }
.bars svg { grid-column: 1 / -1; width: 100%; height: 7px; border-radius: 4px; background: var(--sunken); }
`;
