import { describe, expect, it } from 'vitest';
import { createDashboard } from '../../../src/cli/dashboard/create-dashboard';
import type { DashboardSource } from '../../../src/cli/dashboard/dashboard-source';
import type { SettlementRecord } from '../../../src/settlement/state/settlement-record';
import { paid, recordOf } from './records';

const token = '0123456789abcdef';
const now = Date.parse('2026-11-22T10:30:00Z');
const own = { host: '127.0.0.1:4100' };

describe('who may ask', () => {
  const { handle } = dashboard();

  it.each([
    { host: '127.0.0.1:4100' },
    { host: 'localhost:4100' },
    { host: '127.0.0.1:4100', origin: 'http://127.0.0.1:4100' },
    { host: 'localhost:4100', origin: 'http://localhost:4100' },
  ])('answers $host $origin', async (headers) => {
    expect((await handle(get('', headers))).status).toBe(200);
  });

  it.each([
    {},
    { host: 'evil.example.com:4100' },
    { host: 'evil.example.com' },
    { host: '127.0.0.1' },
    { host: '127.0.0.1:4101' },
    { host: '127.0.0.1.evil.example.com:4100' },
    { host: '127.0.0.1:4100', origin: 'http://evil.example.com' },
    { host: '127.0.0.1:4100', origin: 'http://localhost:3000' },
    { host: '127.0.0.1:4100', origin: 'https://127.0.0.1:4100' },
    { host: '127.0.0.1:4100', origin: 'null' },
  ])('refuses $host $origin', async (headers) => {
    for (const path of ['', 'view.json', 'sections.json']) {
      expect((await handle(get(path, headers))).status).toBe(403);
    }
    const post = new Request(`http://x/${token}/reconcile`, { method: 'POST', headers });
    expect((await handle(post)).status).toBe(403);
  });

  it.each(['/', '/view.json', '//view.json', '/0123456789abcdee/', `/${token}`, `/${token}/../`])(
    'refuses %s, which lacks the token',
    async (path) => {
      const response = await handle(new Request(`http://127.0.0.1:4100${path}`, { headers: own }));
      expect(response.status).toBe(404);
      expect(await response.text()).not.toContain('agent.example.com');
    },
  );

  it('allows no other site to read, frame or call it', async () => {
    const { headers } = await handle(get(''));
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.has('access-control-allow-origin')).toBe(false);
  });

  it('answers other methods and paths with an error', async () => {
    expect((await handle(get('nothing'))).status).toBe(404);
    expect((await handle(post(''))).status).toBe(405);
    // Nothing to reconcile without a journal.
    expect((await handle(post('reconcile'))).status).toBe(405);
  });
});

describe('the page', () => {
  it('escapes everything that others wrote', async () => {
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&\u202E`;
    const escaped =
      '&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#60;img src=x onerror=alert(1)&#62;&#39;&#38;\uFFFD';
    const { handle } = dashboard({
      records: [
        ...paid({
          agent: evil,
          rail: evil,
          payee: evil,
          escrowId: evil,
          exchangeUrl: evil,
          currency: evil,
          hold: evil,
          labels: { [evil]: evil },
          proof: [{ transaction: evil, network: evil, confirmedBy: 'agent' }],
        }),
        recordOf({ event: 'unresolved', agent: evil, error: evil, reason: evil }),
        ...paid({ agent: 'account-1', payee: 'account-1' }),
      ],
      name: evil,
      names: async () => new Map([['account-1', evil]]),
    });
    const params = new URLSearchParams({
      agent: evil,
      label: evil,
      value: evil,
      by: evil,
      find: evil,
    });
    for (const query of ['', `?${params}`]) {
      const page = await (await handle(get(query))).text();
      expect(page).toContain(escaped);
      expect(page).not.toContain('<script>alert');
      expect(page).not.toContain('<img');
      expect(page).not.toContain('\u202E');
      // In attributes, too.
      expect(page.replaceAll(escaped, '')).not.toMatch(/onerror=|alert\(/);
    }
  });

  it('loads nothing from elsewhere, and has no inline script or style', async () => {
    const page = await (await dashboard({ records: paid() }).handle(get(''))).text();
    expect([...page.matchAll(/ (?:src|href|action)="([^"]*)"/g)].map(([, url]) => url)).toEqual(
      expect.arrayContaining(['./icon.svg', './page.css', './page.js']),
    );
    expect(page).not.toMatch(/ (?:src|href|action)="(?!\.\/)/);
    expect(page).not.toMatch(/<style| style=| on\w+=|<script(?! src)/);
  });

  it.each([
    ['page.js', 'text/javascript; charset=utf-8'],
    ['page.css', 'text/css; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
  ])('has %s', async (path, type) => {
    const response = await dashboard().handle(get(path));
    expect(response.headers.get('content-type')).toBe(type);
    expect(await response.text()).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });

  it('shows holds, sums, and what is missing', async () => {
    const { handle } = dashboard({ records: paid({ labels: { team: 'search' } }) });
    const page = await (await handle(get(''))).text();
    const text = page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      'Spent 11 ATE To agents 10 ATE Fees 1 ATE Returned 0 ATE Open 0 ATE Holds 1',
    );
    expect(text).toContain(
      '22 Nov 10:00:00 agent.example.com/scraper search Exchange released 2.5 s 11 ATE',
    );
    expect(text).toContain('10 ATE + 1 fee paid to the agent');
    expect(text).toContain('The button that reconciles It needs the journal');
    expect(text).not.toContain('in dispute');
  });

  it('names accounts, and no agent whose URL is known', async () => {
    const account = 'account-1';
    const { handle } = dashboard({
      records: [
        ...paid({ hold: 'a', agent: account, payee: account }),
        recordOf({ hold: 'b', event: 'unresolved', agent: account, payee: account }),
        ...paid({ hold: 'c', agent: 'https://agent.example.com/', payee: account }),
      ],
      names: async (accounts) => {
        expect(new Set(accounts)).toEqual(new Set([account]));
        return new Map([[account, 'sandbox-streamer']]);
      },
    });
    const page = await (await handle(get(`?agent=${account}`))).text();
    const named = page.split(`<span title="${account}">sandbox-streamer</span>`).length - 1;
    // Unresolved, the bar, and twice in the timeline.
    expect(named).toBe(4);
    expect(page).toMatch(/agent: sandbox-streamer/);
    expect(page).toContain(`<code>${account}</code>`);
    const all = await (await handle(get(''))).text();
    expect(all).toContain('<span title="https://agent.example.com/">agent.example.com</span>');
    const found = await (await handle(get('view.json?find=SANDBOX-str'))).json();
    expect(found.timeline.stories.map(({ id }: { id: string }) => id)).toEqual(['a', 'b']);
  });

  it('plots all that the sums count', async () => {
    const { handle } = dashboard({
      records: [
        ...paid({ labels: { team: 'search' } }),
        recordOf({ event: 'disputed', status: 'disputed', stake: '5', labels: { team: 'ads' } }),
        recordOf({ event: 'refunded', status: 'late', returned: '11' }),
        recordOf({ event: 'released', status: 'late', returned: '11' }),
      ],
    });
    const page = await (await handle(get(''))).text();
    const text = page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(text).toContain('Spent 11 ATE To agents 10 ATE Fees 1 ATE Returned 22 ATE');
    expect(text).toContain('Open 0 ATE In dispute 16 ATE Holds 4');
    expect(text).toContain('2026-11-22 4 11 0 22 16');
    expect(text).toContain('11 ATE spent, 0 open, 22 returned, 16 in dispute');
    expect(text).toContain('1 hold, 16 in dispute');
    // The largest column is all of it.
    expect(text).toContain(' 49 ');
    const heights = [...page.matchAll(/<rect[^>]* height="([\d.]+)"/g)].map(([, one]) => one);
    const ofDay = heights.filter((one) => one !== '8').map(Number);
    expect(ofDay).toHaveLength(4);
    expect(ofDay.reduce((sum, one) => sum + one)).toBeCloseTo(100, 1);
  });
});

it('has the sections and the view as JSON', async () => {
  const { handle } = dashboard({ records: paid() });
  const sections = await (await handle(get('sections.json'))).json();
  expect(sections).toMatchObject({ at: '22 Nov 10:30:00', pauseMs: expect.any(Number) });
  expect(Object.keys(sections.sections)).toEqual([
    'range',
    'problems',
    'wallet',
    'under-way',
    'unresolved',
    'spend',
    'timeline',
    'hints',
  ]);
  const view = await (await handle(get('view.json?days=1'))).json();
  expect(view).toMatchObject({
    query: { days: 1 },
    spend: { totals: [{ currency: 'ATE', spent: '11' }] },
  });
});

describe('reconcile', () => {
  it('runs once for two clicks, goes back to the page, and says what it did', async () => {
    let runs = 0;
    const { handle } = dashboard({
      async reconcile() {
        runs += 1;
        await Promise.resolve();
        return { settled: [{}, {}], open: [{}], unresolved: [] };
      },
    });
    const [one, other] = await Promise.all([handle(post('reconcile')), handle(post('reconcile'))]);
    expect([one.status, one.headers.get('location'), other.status]).toEqual([303, './', 303]);
    expect(runs).toBe(1);
    expect(await (await handle(get(''))).text()).toMatch(
      /Reconciled at 22 Nov 10:30:00: 2 settled, 1 open, 0 unresolved/,
    );
    expect((await handle(get('reconcile'))).status).toBe(405);
  });

  it('says that it failed, without the error of a storage', async () => {
    const { handle } = dashboard({
      reconcile: () => Promise.reject(new Error('redis://:secret@host')),
    });
    await handle(post('reconcile'));
    const page = await (await handle(get(''))).text();
    expect(page).toContain('It failed.');
    expect(page).not.toContain('secret');
  });
});

function dashboard({
  records = [],
  ...source
}: Partial<Omit<DashboardSource, 'records'>> & { records?: SettlementRecord[] } = {}) {
  return createDashboard({
    token,
    port: 4100,
    now: () => now,
    source: {
      name: 'test',
      pauseMs: 1000,
      records: async function* () {
        yield* records;
      },
      hasReceipts: true,
      hints: [{ missing: 'The button that reconciles', how: 'It needs the journal.' }],
      ...source,
    },
  });
}

function get(path: string, headers: Record<string, string> = own) {
  return new Request(`http://127.0.0.1:4100/${token}/${path}`, { headers });
}

function post(path: string) {
  return new Request(`http://127.0.0.1:4100/${token}/${path}`, { method: 'POST', headers: own });
}
