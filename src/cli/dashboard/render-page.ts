import type { DashboardView } from './dashboard-view';
import { html } from '../../wallet/html';
import { renderSections } from './render-sections';
import { showTime } from '../../wallet/show-time';
import { parametersOf } from './view-query';

/** The whole page. It also works without its script, which only keeps it up to date. */
export function renderPage(view: DashboardView): string {
  const sections = renderSections(view);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Settlements</title>
        <link rel="icon" href="./icon.svg" />
        <link rel="stylesheet" href="./page.css" />
        <script src="./page.js" defer></script>
      </head>
      <body>
        <header class="top">
          <h1>Settlements</h1>
          <p class="source">${view.source}</p>
          <p class="live" role="status">read at ${showTime(view.at)} UTC</p>
          <nav id="range" aria-label="Range">${sections.range}</nav>
          <form class="find" role="search" action="./">
            ${Object.entries(parametersOf({ ...view.query, find: undefined })).map(
              ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
            )}
            <input
              type="search"
              name="find"
              value="${view.query.find ?? ''}"
              aria-label="Find a hold by an id, a transaction, an agent or a label"
              placeholder="Find an id, agent or label"
            />
          </form>
        </header>
        <div id="problems">${sections.problems}</div>
        <main>
          <div class="side">
            <section class="card" id="wallet" aria-label="Wallet">${sections.wallet}</section>
            <section class="card" id="unresolved" aria-label="Unresolved">
              ${sections.unresolved}
            </section>
            <section class="card" id="under-way" aria-label="Under way">
              ${sections['under-way']}
            </section>
            <section class="card" id="hints" aria-label="Not on this page">
              ${sections.hints}
            </section>
          </div>
          <div class="wide">
            <section class="card" id="spend" aria-label="Spend">${sections.spend}</section>
            <section class="card" id="timeline" aria-label="Timeline">${sections.timeline}</section>
          </div>
        </main>
      </body>
    </html> `.text;
}
