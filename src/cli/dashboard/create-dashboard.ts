import { isSameSecret } from '../../internal/is-same-secret';
import { because } from './because';
import type { DashboardSource } from './dashboard-source';
import type { DashboardView, ReconcileResult } from './dashboard-view';
import { pageScript } from './page-script';
import { pageIcon, pageStyle } from './page-style';
import { readView } from './read-view';
import { renderPage } from './render-page';
import { renderSections } from './render-sections';
import { showTime } from '../../wallet/show-time';
import { readQuery } from './view-query';

export interface DashboardOptions {
  source: DashboardSource;
  /** The first part of all paths. Who does not know it gets nothing. */
  token: string;
  /** The port that requests name. */
  port: number;
  /** Default: the real clock. */
  now?: (() => number) | undefined;
}

/** Handles the requests of the page. */
export function createDashboard({ now = Date.now, port, source, token }: DashboardOptions) {
  const hosts = ['127.0.0.1', 'localhost'].flatMap((name) =>
    port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
  );
  let running: Promise<void> | undefined;
  let last: ReconcileResult | undefined;

  return { handle };

  async function handle(request: Request): Promise<Response> {
    const refusal = refuse(request);
    if (refusal !== undefined) return refusal;
    const { pathname, searchParams } = new URL(request.url);
    const [, given = '', name, ...deeper] = pathname.split('/');
    if (name === undefined || deeper.length > 0 || !isSameSecret(given, token)) {
      return answer(404, 'Open the whole URL that the command printed.\n', text);
    }
    if (name === 'reconcile' && source.reconcile !== undefined) {
      if (request.method !== 'POST') return answer(405, 'Use POST.\n', text);
      await reconcile(source.reconcile);
      return answer(303, '', text, { location: './' });
    }
    if (request.method !== 'GET') return answer(405, 'Use GET.\n', text);
    switch (name) {
      case '':
        return answer(200, renderPage(await view(searchParams)), 'text/html; charset=utf-8');
      case 'sections.json': {
        const started = performance.now();
        const latest = await view(searchParams);
        // Most of the time nothing is read, however large the store is.
        const pauseMs = Math.max(source.pauseMs, 4 * Math.round(performance.now() - started));
        const sections = Object.fromEntries(
          Object.entries(renderSections(latest)).map(([id, markup]) => [id, markup.text]),
        );
        return json({ at: showTime(latest.at), pauseMs, sections });
      }
      case 'view.json':
        return json(await view(searchParams));
      case 'page.js':
        return answer(200, pageScript, 'text/javascript; charset=utf-8');
      case 'page.css':
        return answer(200, pageStyle, 'text/css; charset=utf-8');
      case 'icon.svg':
        return answer(200, pageIcon, 'image/svg+xml');
      default:
        return answer(404, 'Not found.\n', text);
    }
  }

  /** A page of another site reaches this port under a name of its own, or with its own origin. */
  function refuse({ headers }: Request): Response | undefined {
    const origin = headers.get('origin');
    const isOwn =
      hosts.includes(headers.get('host') ?? '') &&
      (origin === null || hosts.some((host) => origin === `http://${host}`));
    return isOwn ? undefined : answer(403, 'This page is for this machine only.\n', text);
  }

  async function view(params: URLSearchParams): Promise<DashboardView> {
    const read = await readView(source, readQuery(params), now());
    return {
      ...read,
      reconcile: source.reconcile && { isRunning: running !== undefined, last },
    };
  }

  /** One at a time: a second request waits for the first. */
  async function reconcile(run: NonNullable<DashboardSource['reconcile']>): Promise<void> {
    running ??= report(run).then((result) => {
      last = result;
      running = undefined;
    });
    await running;
  }

  async function report(run: NonNullable<DashboardSource['reconcile']>): Promise<ReconcileResult> {
    try {
      const { open, settled, unlisted, unresolved } = await run();
      return {
        at: new Date(now()).toISOString(),
        settled: settled.length,
        open: open.length,
        unresolved: unresolved.length,
        problem: unlisted?.message,
      };
    } catch (error) {
      const nothing = { settled: 0, open: 0, unresolved: 0 };
      return {
        at: new Date(now()).toISOString(),
        ...nothing,
        problem: `It failed${because(error)}`,
      };
    }
  }
}

const text = 'text/plain; charset=utf-8';

function json(value: unknown): Response {
  return answer(200, JSON.stringify(value), 'application/json');
}

function answer(
  status: number,
  body: string,
  type: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(body, {
    status,
    headers: {
      'content-type': type,
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      // The URL contains the token.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  });
}
