import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serveSandbox } from '../../src/sandbox/serve-sandbox';
import { installablePeer, isInstalled } from './installed-peers';
import { isJson } from './litellm-gateway-wire';
import { runPythonScript } from './python/python-peer';

const isThere = isInstalled('a2a-settlement');

/** The exchange's own client, in Python, with the sandbox in the place of the exchange. */
describe.skipIf(!isThere)('the client of a2a-settlement', () => {
  // What the reference exchange (97192cc, SQLite) answered to the same script.
  const { folder } = installablePeer('a2a-settlement');
  const reference: unknown = JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8'));

  it.each([false, true])('sees what the exchange would show it; signed: %s', async (signs) => {
    const sandbox = await serveSandbox();
    const { exchangeUrl, ledger } = sandbox;
    const seen = await runPythonScript('a2a-settlement', 'client.py', { exchangeUrl, signs });
    expect(withoutChance(seen)).toEqual(reference);
    const { accounts, minted, treasury } = ledger();
    const there = accounts.reduce((sum, { available, held }) => sum + available + held, 0);
    expect(there + treasury).toBe(minted);
    await sandbox.close();
  });
});

function withoutChance(seen: unknown): unknown {
  const text = JSON.stringify(seen)
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<uuid>')
    .replaceAll(/(payer|seller)-[\da-f]{8}/g, '$1')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)?/g, '<time>')
    .replaceAll(/req_[\da-f]{12}/g, '<request>')
    .replaceAll(/ate_[\da-f]+/g, '<key>');
  const { stats: _, activity, transactions, ...rest } = asJson(JSON.parse(text));
  return {
    ...rest,
    activity: { ...asJson(activity), entries: inOneOrder(asJson(activity)['entries']) },
    transactions: { transactions: inOneOrder(asJson(transactions)['transactions']) },
  };
}

/** The reference has none within a second. */
function inOneOrder(list: unknown): unknown[] {
  const texts = (Array.isArray(list) ? list : []).map((one) =>
    JSON.stringify(Object.fromEntries(Object.entries(asJson(one)).sort())),
  );
  return texts.sort().map((text): unknown => JSON.parse(text));
}

function asJson(value: unknown) {
  return isJson(value) ? value : {};
}
