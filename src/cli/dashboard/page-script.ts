/**
 * The script of the page: reads the sections again and again, and replaces those that have changed. What is open
 * or focused stays so.
 */
export const pageScript = `'use strict';
const live = document.querySelector('.live');
let timer;
let reading = false;

async function read() {
  clearTimeout(timer);
  if (reading) return;
  reading = true;
  let pauseMs = 5000;
  try {
    const response = await fetch('./sections.json' + location.search, { cache: 'no-store' });
    if (!response.ok) throw new Error(String(response.status));
    const latest = await response.json();
    for (const [id, markup] of Object.entries(latest.sections)) replace(id, markup);
    say('live', 'read at ' + latest.at + ' UTC');
    pauseMs = latest.pauseMs;
  } catch {
    say('lost', 'Not connected: does the command still run?');
  }
  reading = false;
  if (!document.hidden) timer = setTimeout(read, pauseMs);
}

const shown = new Map();

function replace(id, markup) {
  if (shown.get(id) === markup) return;
  const section = document.getElementById(id);
  const focused = section.contains(document.activeElement) ? document.activeElement.id : '';
  const open = [...section.querySelectorAll('details[open]')].map((details) => details.id);
  const scrolled = section.querySelector('ul')?.scrollTop ?? 0;
  section.innerHTML = markup;
  if (scrolled > 0) section.querySelector('ul')?.scrollTo(0, scrolled);
  shown.set(id, markup);
  for (const each of open) document.getElementById(each)?.setAttribute('open', '');
  if (focused !== '') document.getElementById(focused)?.focus({ preventScroll: true });
}

function say(state, text) {
  live.dataset.state = state;
  if (live.textContent !== text) live.textContent = text;
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) read();
});

document.addEventListener('submit', async (event) => {
  if (event.target.method !== 'post') return;
  event.preventDefault();
  const button = event.target.querySelector('button');
  if (button.ariaDisabled === 'true') return;
  button.ariaDisabled = 'true';
  button.textContent = 'Reconciling…';
  await fetch(event.target.action, { method: 'POST' }).catch(() => {});
  // Replaced even if nothing has changed.
  shown.delete('unresolved');
  read();
});

timer = setTimeout(read, 1000);
`;
