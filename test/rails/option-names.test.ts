import { InvalidArgumentError } from '@ai-sdk/provider';
import { nevermined } from 'ai-sdk-a2a-settlement/nevermined';
import { memoryStorage, receiptStore } from 'ai-sdk-a2a-settlement/stores';
import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { expect, test } from 'vitest';

const client = { createPaymentPayload: async () => ({}) };
const escrow = { escrow: '0x1', collector: '0x2' };

test.each<[string, () => unknown, RegExp]>([
  ['a mistyped ledger', () => x402({ client, ledgr: '' } as never), /no option `ledgr`.*`ledger`/],
  ['no options', () => x402(undefined as never), /options of `x402`/],
  ['a ledger without https', () => x402({ client, ledger: 'mainnet.base.org' }), /ledger must be/],
  ['a network by name', () => x402({ client, networks: ['base'] }), /networks\[0\] must be a CAIP/],
  ['a span that is no number', () => x402({ client, maxValidSeconds: 'a' as never }), /seconds/],
  [
    'a mistyped operator',
    () => x402({ client, authCapture: { ...escrow, operator: [] } as never }),
    /authCapture has no option `operator`.*`operators`/,
  ],
  ['a mistyped order', () => nevermined({ autoOrdr: true } as never), /`autoOrdr`.*`autoOrder`/],
  ['another token', () => nevermined({ tokenVersion: 4 as never }), /tokenVersion must be 2 or 3/],
  [
    'a prefix of receipts',
    () => receiptStore({ storage: memoryStorage(), prefix: 'x' } as never),
    /no option `prefix`/,
  ],
  [
    'a mistyped filter of receipts',
    () => receiptStore({ storage: memoryStorage() }).list({ label: {} } as never),
    /no option `label`.*`labels`/,
  ],
])('%s is a mistake that is named', (_, create, message) => {
  expect(create).toThrow(InvalidArgumentError);
  expect(create).toThrow(message);
});
