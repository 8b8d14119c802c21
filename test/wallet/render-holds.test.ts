import { expect, it } from 'vitest';
import { tellStories } from '../../src/wallet/hold-story';
import { html } from '../../src/wallet/html';
import { renderBalances } from '../../src/wallet/render-balances';
import { renderHolds } from '../../src/wallet/render-holds';
import { renderReceipt } from '../../src/wallet/render-step';
import { paid, recordOf } from '../cli/dashboard/records';

const showTime = (at: string) => at;
const now = Date.parse('2026-11-22T10:30:00Z');
const broken = ['1e999', '-1', '', JSON.parse('null'), JSON.parse('{}'), JSON.parse('5')];

it.each(broken)('a hold of %j does not hide the others', (amount) => {
  const holds = tellStories([...paid({ hold: 'good' }), recordOf({ hold: 'bad', amount })], now);
  const { text } = renderHolds(holds, { none: 'None', showTime });
  expect(text).toContain('11 ATE');
  expect(text.match(/<li class="hold"/g)).toHaveLength(2);
  expect(text).toContain('cannot be shown');
});

it.each(broken)('a receipt of %j has its status', (amount) => {
  const [hold] = tellStories([recordOf({ amount })], now);
  const [step] = hold?.steps ?? [];
  if (hold === undefined || step === undefined) throw new Error('no step');
  expect(renderReceipt({ hold, step }, showTime).text).toContain('held');
});

it('a balance that is none does not hide the others', () => {
  const balance = { rail: 'x402', currency: 'USDC', available: '9.75' };
  const given = [JSON.parse('{"rail":"x402"}'), balance];
  expect(renderBalances(given).text).toContain('9.75');
});

it('what strangers write stays text', () => {
  const evil = `"'><img src=x onerror=alert(1)></style><script>\u202E`;
  const [held, released] = paid({
    hold: evil,
    agent: evil,
    payee: evil,
    escrowId: evil,
    currency: evil,
    rail: evil,
    labels: { [evil]: evil },
    proof: [{ transaction: evil, network: evil, confirmedBy: 'agent' }],
  });
  if (held === undefined || released === undefined) throw new Error('no records');
  const unresolved = recordOf({ ...held, event: 'unresolved', error: evil });
  const refunded = recordOf({ ...held, event: 'refunded', status: 'refunded', reason: evil });
  const [story] = tellStories([held, unresolved, refunded, released], now);
  if (story === undefined) throw new Error('no story');
  const name = { ...story, name: evil, heldAt: evil, expiresAt: evil };
  const balance = { rail: evil, account: evil, currency: evil, available: evil, held: evil };
  const text = [
    renderHolds([story, name], { none: evil, showTime }),
    renderHolds([], { none: evil, showTime }),
    renderBalances([{ ...balance, authorized: evil }]),
    ...story.steps.map((step) => renderReceipt({ hold: story, step }, showTime)),
  ].map((each) => each.text);
  expect(text.join()).not.toMatch(/<(img|script|\/style)|\u202E/);
  // Only attributes of the package: nothing ends the quotes of one.
  expect(text.join()).not.toMatch(/=[^"\s>]*['"]'/);
  expect(text[0]).toContain('&#60;img');
});

it('a value can end no quotes', () => {
  expect(html`${`"'<>&`}`.text).toBe('&#34;&#39;&#60;&#62;&#38;');
});

it('names of objects’ properties are names', () => {
  const given = { rail: 'constructor', event: 'refunded', status: 'refunded' } as const;
  const holds = tellStories([recordOf({ ...given, reason: 'constructor' })], now);
  const { text } = renderHolds(holds, { none: '', showTime });
  expect(text).toContain('returned: constructor');
  expect(text).not.toContain('function');
});
