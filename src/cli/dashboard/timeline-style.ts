/** The style of the timeline. */
export const timelineStyle = `#timeline nav { margin: 8px 0 4px -11px; }
.hold { border-bottom: 1px solid var(--line); }
.hold:last-child { border-bottom: 0; }
.hold summary {
  display: grid;
  grid-template-columns: 112px minmax(0, 3fr) minmax(0, 2fr) 76px 134px 52px minmax(84px, auto);
  gap: 4px 12px;
  align-items: center;
  padding: 8px 0;
  list-style: none;
  font-size: 14px;
}
.hold summary::-webkit-details-marker { display: none; }
.hold summary:hover { background: color-mix(in srgb, var(--sunken) 50%, transparent); }
.hold summary .status { justify-self: start; }
.labels { overflow: hidden; color: var(--muted); font-size: 13px; text-overflow: ellipsis; white-space: nowrap; }
.hold summary strong { text-align: right; }
time { color: var(--muted); font-size: 13px; }
.hold details > ol { padding: 2px 0 4px 8px; }
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
  background: var(--line);
  content: '';
}
.step p { flex-basis: 100%; overflow-wrap: anywhere; }
.proof { color: var(--muted); font-size: 13px; }
.facts {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 260px), 1fr));
  gap: 6px 20px;
  padding: 4px 0 14px 28px;
  font-size: 13px;
}
.facts dt { color: var(--muted); }
.facts .label dt::before { content: 'label '; }
.facts code { overflow-wrap: anywhere; }
`;
