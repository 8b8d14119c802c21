import { x402ExactPermit2ProxyABI, x402UptoPermit2ProxyABI } from '@x402/evm';
import * as evm from '@x402/evm';
import { type Abi, encodeFunctionData, zeroAddress, zeroHash } from 'viem';
import { describe, expect, test } from 'vitest';
import { PERMIT2_PROXIES } from '../../../src/rails/x402/permit-use';
import { CANCELED, fakeNode, type FakeLog, hex, TRANSFER, usedLog, word } from './fake-node';
import { holdOf, permitNonce, permitOf, permitting, railOf } from './holding';
import { asking, offerV2, payee, payer, transaction, usdc } from './offers';

const never = 10n ** 15n;
const other = `0x${'77'.repeat(32)}`;
const upto = asking([offerV2({ scheme: 'upto' })]);
const failed = { answer: { state: 'failed' } };
const unclear = { code: 'UNEXPECTED_ANSWER', isRetryable: true };
type Node = Parameters<typeof fakeNode>[0];

/** Signed at block 1000, and looked up when the chain is as it is said. */
async function later(
  node: Node,
  options: Parameters<typeof railOf>[0] = {},
  answer = asking([offerV2()]),
) {
  let head = 1000n;
  const ledger = fakeNode({ ...node, head: () => head });
  const rail = railOf({ ledger, ...options });
  const hold = await holdOf(rail, answer);
  head = node?.head?.() ?? 1001n;
  ledger.calls.length = 0;
  return { rail, hold, ledger };
}

describe('EIP-3009', () => {
  const authorized = (logs: FakeLog[], more: Node = {}) => later({ logs, ...more });

  test('the transfer right behind the event is the payment', async () => {
    const logs = [
      usedLog({ index: 3 }),
      { index: 5, amount: 100n },
      { index: 4 },
      { index: 2, amount: 1n },
    ];
    const { rail, hold } = await authorized(logs);
    expect(await rail.release(hold)).toMatchObject({ amount: '0.25', status: 'released' });
  });

  test.each<[string, FakeLog[], string[]?]>([
    [
      'of another nonce',
      [usedLog({ topics: [usedLog().topics?.[0] ?? '', `0x${word(payer)}`, other] }), {}],
    ],
    [
      'of another payer',
      [
        usedLog({
          topics: [usedLog().topics?.[0] ?? '', `0x${word(payee)}`, `0x${'cd'.repeat(32)}`],
        }),
        {},
      ],
    ],
    ['of another token', [usedLog({ address: payee }), {}]],
    ['whose transfer is of another token', [usedLog(), { address: payee }]],
    [
      'whose transfer is for another',
      [usedLog(), { topics: [TRANSFER, `0x${word(payer)}`, `0x${word(payer)}`] }],
    ],
    [
      'whose transfer is of another',
      [usedLog(), { topics: [TRANSFER, `0x${word(payee)}`, `0x${word(payee)}`] }],
    ],
    ['whose transfer is of more than was signed', [usedLog(), { amount: 250_001n }]],
    ['whose transfer came before it', [usedLog({ index: 2 }), { index: 1 }]],
    ['whose transaction failed', [usedLog(), {}], [transaction]],
  ])('an event %s is none', async (_, logs, reverted = []) => {
    const { rail, hold } = await authorized(logs, { failed: reverted });
    await expect(rail.release(hold)).rejects.toMatchObject(unclear);
  });

  test('it is asked of the very block whose time counts', async () => {
    const { rail, hold, ledger } = await authorized([], { usedIn: never });
    await rail.release(hold);
    const [call] = ledger.calls.filter(({ method }) => method === 'eth_call');
    expect(call?.params[1]).toBe(hex(1001n));
  });

  test('one that was made void is back', async () => {
    const [, ...topics] = usedLog().topics ?? [];
    const { rail, hold } = await authorized([usedLog({ topics: [CANCELED, ...topics] })]);
    expect(await rail.refund(hold, failed)).toMatchObject({ status: 'refunded' });
  });

  test('the chain’s clock may be behind: it is asked again, and not at once', async () => {
    const { rail, hold } = await authorized([], { usedIn: never, timestamp: () => 1n });
    const over = { ...hold, state: { ...hold.state, validBefore: 1000 } };
    const settled = await rail.refund(over, failed);
    expect(settled).toMatchObject({ status: 'pending' });
    const until = 'until' in settled ? settled.until.getTime() : 0;
    expect(until).toBeGreaterThan(Date.now() + 10_000);
  });
});

describe('a search in logs', () => {
  test('of 10,000 blocks at a time is enough, also a day later', async () => {
    const block = 30_000n;
    const logs = [usedLog({ block }), { block }];
    const node = { head: () => 44_200n, usedIn: block, mostBlocks: 10_000n, logs };
    const { rail, hold, ledger } = await later(node);
    expect(await rail.release(hold)).toMatchObject({ status: 'released' });
    const searches = ledger.calls.filter(({ method }) => method === 'eth_getLogs');
    expect(searches.map(({ params }) => params[0])).toMatchObject([
      { fromBlock: hex(1000n), toBlock: hex(10_999n) },
      { fromBlock: hex(11_000n), toBlock: hex(20_999n) },
      { fromBlock: hex(21_000n), toBlock: hex(30_999n) },
    ]);
  });

  test('ends soon after the signature does', async () => {
    const now = BigInt(Math.floor(Date.now() / 1000));
    // A block every other second, and a year of them.
    const timestamp = (block: bigint) => now + (block - 1000n) * 2n;
    const { rail, hold, ledger } = await later({ head: () => 15_000_000n, timestamp });
    await expect(rail.release(hold)).rejects.toMatchObject(unclear);
    expect(ledger.calls.length).toBeLessThan(10);
  });

  test('is bounded, however many blocks there are', async () => {
    const { rail, hold, ledger } = await later({ head: () => 10n ** 12n });
    await expect(rail.release(hold)).rejects.toMatchObject(unclear);
    expect(ledger.calls.length).toBeLessThan(110);
  });

  test('begins by the time of the blocks where the head was not to be had', async () => {
    const now = BigInt(Math.floor(Date.now() / 1000));
    const block = 9_000_000n;
    const node = {
      head: () => 10_000_000n,
      usedIn: block,
      mostBlocks: 10_000n,
      timestamp: (at: bigint) => now + (at - block) * 2n,
      logs: [usedLog({ block }), { block }],
    };
    const { rail, hold, ledger } = await later(node);
    const { block: _, ...state } = { block, ...hold.state };
    expect(await rail.release({ ...hold, state })).toMatchObject({ status: 'released' });
    expect(ledger.calls.length).toBeLessThan(30);
  });
});

describe('Permit2', () => {
  /** What the proxy of a scheme is called with. */
  const settle = (
    scheme: 'exact' | 'upto',
    { nonce = permitNonce, owner = payer, withPermit = false, amount = 250_000n } = {},
  ) => {
    const abi = (scheme === 'exact' ? x402ExactPermit2ProxyABI : x402UptoPermit2ProxyABI) as Abi;
    const permit = { permitted: { token: usdc, amount: 250_000n }, nonce, deadline: 1n };
    const witness = { to: payee, facilitator: zeroAddress, validAfter: 0n };
    const first = { value: 0n, deadline: 0n, r: zeroHash, s: zeroHash, v: 27 };
    const args = [
      ...(withPermit ? [first] : []),
      permit,
      ...(scheme === 'upto' ? [amount] : []),
      owner,
      witness,
      '0x',
    ];
    const functionName = withPermit ? 'settleWithPermit' : 'settle';
    const to = PERMIT2_PROXIES[scheme] ?? '';
    return { to, input: encodeFunctionData({ abi, functionName, args }) };
  };
  const permitted = (node: Node, scheme = 'upto') =>
    later(node, permitting, asking([offerV2({ scheme })]));
  const bearing = { input: `0xdeadbeef${word(permitNonce)}` };
  /** A nonce that was used before it was signed: no block shows how. */
  const long = { usedIn: 1n };

  test('the proxies are those of the x402 packages', () => {
    expect(PERMIT2_PROXIES).toEqual({
      exact: evm.x402ExactPermit2ProxyAddress,
      upto: evm.x402UptoPermit2ProxyAddress,
    });
  });

  test.each([
    ['upto', false],
    ['upto', true],
    ['exact', false],
    ['exact', true],
  ] as const)(
    'what the proxy of `%s` was called for is enough (with a permit: %s)',
    async (scheme, withPermit) => {
      const transactions = { [transaction]: settle(scheme, { withPermit }) };
      const { rail, hold } = await permitted({ ...long, logs: [{}], transactions }, scheme);
      expect(await rail.release(hold)).toMatchObject({ status: 'released', amount: '0.25' });
    },
  );

  test.each([
    ['for another nonce', settle('upto', { nonce: permitNonce + 1n })],
    ['for another payer', settle('upto', { owner: payee })],
    ['of another scheme', settle('exact')],
    ['that is none', { ...settle('upto'), to: payee }],
    ['with half an input', { ...settle('upto'), input: settle('upto').input.slice(0, 200) }],
    ['that only bears the nonce', bearing],
  ])('a call of the proxy %s is not enough', async (_, call) => {
    const node = { ...long, logs: [{}], transactions: { [transaction]: call } };
    const { rail, hold } = await permitted(node);
    await expect(rail.refund(hold, failed)).rejects.toMatchObject(unclear);
  });

  test('else it is what was moved in the block in which the nonce was used', async () => {
    const logs = [
      { hash: other, amount: 200_000n, block: 1001n },
      { amount: 120_000n, block: 1002n },
    ];
    const node = { head: () => 1003n, usedIn: 1002n, logs, transactions: { [other]: bearing } };
    const { rail, hold } = await permitted(node);
    const taken = { status: 'taken', amount: '0.12', proof: [{ transaction }] };
    expect(await rail.refund(hold, failed)).toMatchObject(taken);
  });

  test('a small transfer in that block does not stand for a large one', async () => {
    const logs = [{ hash: other, amount: 1n }, {}, { index: 9, amount: 2n }];
    const transactions = { [other]: bearing, [transaction]: bearing };
    const { rail, hold } = await permitted({ logs, transactions });
    expect(await rail.release(hold)).toMatchObject({ amount: '0.25' });
  });

  test('nor does one that the proxy moved for another payment', async () => {
    const logs = [{ hash: other, amount: 250_000n }, { amount: 120_000n }];
    const transactions = { [other]: settle('upto', { nonce: permitNonce + 1n }) };
    const { rail, hold } = await permitted({ logs, transactions });
    expect(await rail.release(hold)).toMatchObject({ amount: '0.12', proof: [{ transaction }] });
  });

  test.each<[string, FakeLog]>([
    ['of another token', { address: payee }],
    ['for another', { topics: [TRANSFER, `0x${word(payer)}`, `0x${word(payer)}`] }],
    ['of another', { topics: [TRANSFER, `0x${word(payee)}`, `0x${word(payee)}`] }],
    ['that is another event', { topics: [other, `0x${word(payer)}`, `0x${word(payee)}`] }],
    ['of more than was signed', { amount: 250_001n }],
    ['without an amount', { data: '0x', address: payee }],
  ])('a transfer %s is none', async (_, log) => {
    const transactions = { [transaction]: settle('upto') };
    const { rail, hold } = await permitted({ logs: [log], transactions });
    await expect(rail.refund(hold, failed)).rejects.toMatchObject(unclear);
  });

  test('`exact` moves all of it', async () => {
    const { rail, hold } = await permitted({ logs: [{ amount: 249_999n }] }, 'exact');
    await expect(rail.release(hold)).rejects.toMatchObject(unclear);
  });

  test('transfers of nothing, which anybody can make, hide nothing, and are not all looked at', async () => {
    const many = Array.from({ length: 60 }, (_, at) => ({
      hash: `0x${String(at).padStart(64, '0')}`,
      amount: 0n,
    }));
    const hidden = await permitted({ logs: [...many, {}] });
    expect(await hidden.rail.release(hidden.hold)).toMatchObject({ amount: '0.25' });
    const blocks = many.map((log, at) => ({ ...log, block: 2000n + BigInt(at) }));
    const nothing = await permitted({ logs: blocks, head: () => 3000n, usedIn: 1500n });
    await expect(nothing.rail.release(nothing.hold)).rejects.toMatchObject(unclear);
    const read = nothing.ledger.calls.filter(({ method }) => method === 'eth_getTransactionByHash');
    expect(read).toHaveLength(50);
  });

  const invalidated = (more: FakeLog = {}): FakeLog => ({
    address: '0x000000000022D473030F116dDEE9F6B43aC78BA3',
    topics: [
      '0x3704902f963766a4e561bbaab6e6cdc1b1dd12f6e9e99648da8843b3f46b918d',
      `0x${word(payer)}`,
    ],
    data: `0x${word(permitNonce >> 8n)}${word(1n << (permitNonce & 255n))}`,
    ...more,
  });

  test('one that its payer invalidated is back', async () => {
    const { rail, hold } = await permitted({ logs: [invalidated()] });
    const back = { status: 'refunded', proof: [{ transaction, confirmedBy: 'ledger' }] };
    expect(await rail.refund(hold, failed)).toMatchObject(back);
  });

  test.each<[string, FakeLog]>([
    ['no event', { topics: [] }],
    ['one of another contract', invalidated({ address: payee })],
    ['one of another event', invalidated({ topics: [other, `0x${word(payer)}`] })],
    [
      'one of another payer',
      invalidated({ topics: [invalidated().topics?.[0] ?? '', `0x${word(payee)}`] }),
    ],
    ['one of other nonces', invalidated({ data: `0x${word(1n)}${'f'.repeat(64)}` })],
    [
      'one of the nonce beside it',
      invalidated({
        data: `0x${word(permitNonce >> 8n)}${word(1n << ((permitNonce & 255n) ^ 1n))}`,
      }),
    ],
    ['one without a mask', invalidated({ data: `0x${word(permitNonce >> 8n)}` })],
    ['one after it was used', invalidated({ block: 1002n })],
  ])('a used nonce with %s is not said to be canceled', async (_, log) => {
    const { rail, hold } = await permitted({ logs: [log], head: () => 1003n });
    await expect(rail.refund(hold, failed)).rejects.toMatchObject(unclear);
  });

  test.each([
    ['at', 0, 'pending'],
    ['after', 1, 'refunded'],
  ])(
    '%s its deadline it is still good, or not: Permit2 ends after it, EIP-3009 before',
    async (_, by, status) => {
      const deadline = Math.floor(Date.now() / 1000) + 300;
      const client = {
        createPaymentPayload: async (asked: unknown) =>
          permitOf(asked, { deadline: String(deadline) }),
      };
      const timestamp = () => BigInt(deadline + by);
      const rail = railOf({ client, ledger: fakeNode({ usedIn: never, timestamp }) });
      expect(await rail.refund(await holdOf(rail, upto), failed)).toMatchObject({ status });
    },
  );
});

describe('what never ends', () => {
  const endless = () => new Promise<never>(() => {});

  test('a ledger’s client is asked again later', async () => {
    const request = async ({ method }: { method: string }) =>
      method === 'eth_chainId' ? '0x14a34' : endless();
    const rail = railOf({ ledger: { request }, timeoutMs: 50 });
    const hold = await holdOf(rail);
    await expect(rail.release(hold)).rejects.toMatchObject({ code: 'TIMEOUT', isRetryable: true });
  });

  test.each<[string, () => Promise<never>]>([
    ['never ends', endless],
    [
      'throws at once',
      () => {
        throw new Error('no gas');
      },
    ],
    ['fails', () => Promise.reject(new Error('no gas'))],
  ])('a `cancel` that %s leaves the payment to be looked up', async (_, cancel) => {
    const { rail, hold } = await later({ usedIn: never }, { cancel, timeoutMs: 50 });
    expect(await rail.refund(hold, failed)).toMatchObject({ status: 'pending' });
  });
});

describe('an agent that got the payment, and cannot be reached', () => {
  const unreachable = { reason: 'unreachable' };

  test('has taken it where the chain says so', async () => {
    const { rail, hold } = await later({ logs: [usedLog(), {}] });
    await rail.decorate(hold, { isFirst: true });
    expect(await rail.refund(hold, unreachable)).toMatchObject({ status: 'taken' });
  });

  test('may still take it, unless it is canceled', async () => {
    const canceled: string[] = [];
    const cancel = async ({ nonce }: { nonce: string }) => void canceled.push(nonce);
    const { rail, hold } = await later({ usedIn: never }, { cancel });
    await rail.decorate(hold, { isFirst: true });
    expect(await rail.refund(hold, unreachable)).toMatchObject({ status: 'pending' });
    expect(canceled).toEqual([hold.escrowId]);
    // By then it is another process's, whose agent may have delivered.
    expect(await rail.refund(hold, unreachable)).toMatchObject({ status: 'pending' });
    expect(canceled).toHaveLength(1);
  });
});
