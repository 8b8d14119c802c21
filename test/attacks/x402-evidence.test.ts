import { x402, type X402Options } from 'ai-sdk-a2a-settlement/x402';
import { describe, expect, test } from 'vitest';
import type { AgentAnswer, Hold, SettlementRail } from '../../src/rails/rail';
import {
  asking,
  network,
  offerV2,
  payee,
  payer,
  signed,
  transaction,
  usdc,
} from '../rails/x402/offers';

const word = (value: string | bigint) =>
  (typeof value === 'bigint' ? value.toString(16) : value.slice(2).toLowerCase()).padStart(64, '0');
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const USED = '0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5';
const other = `0x${'77'.repeat(32)}`;
const permitNonce = 123_456_789_012_345_678_901_234_567_890n;

function permitOf(asked: unknown, more: object = {}) {
  const { accepts } = asked as { accepts: [ReturnType<typeof offerV2>] };
  return signed(asked, {
    payload: {
      signature: '0xsecret-signature',
      permit2Authorization: {
        from: payer,
        permitted: { token: usdc, amount: accepts[0].amount },
        spender: `0x${'99'.repeat(20)}`,
        nonce: String(permitNonce),
        deadline: String(Math.floor(Date.now() / 1000) + 300),
        witness: { to: payee },
        ...more,
      },
    },
  });
}

const permitting = { client: { createPaymentPayload: async (asked: unknown) => permitOf(asked) } };

function railOf(options: Partial<X402Options> = {}): SettlementRail {
  const client = { createPaymentPayload: async (asked: unknown) => signed(asked) };
  return x402({ client, ...options });
}

async function holdOf(
  rail: SettlementRail,
  answer: AgentAnswer = asking([offerV2()]),
): Promise<Hold> {
  const challenge = rail.challenge?.(answer, { hasLimit: () => true });
  if (challenge === undefined) throw new Error('not asked');
  return rail.hold({ taskId: 'aisdk-1', ttlMinutes: 5, ...challenge, challenge });
}

const completed = (receipts: unknown[]): AgentAnswer => ({
  state: 'completed',
  metadata: { 'x402.payment.status': 'payment-completed', 'x402.payment.receipts': receipts },
});

type Log = { hash: string; amount: bigint; index: number };

/** A node of a chain: what is in its logs, and what its transactions were asked to do. */
function node({
  isUsed = true,
  timestamp = Math.floor(Date.now() / 1000),
  head = 1000n,
  logs = [],
  inputs = {},
  mostBlocks = 10n ** 9n,
}: {
  isUsed?: boolean;
  timestamp?: number;
  head?: bigint | (() => bigint);
  logs?: Log[];
  inputs?: Record<string, string>;
  /** As those of public nodes: a search over more is refused. */
  mostBlocks?: bigint;
}) {
  const now = () => (typeof head === 'bigint' ? head : head());
  const hex = (value: bigint) => `0x${value.toString(16)}`;
  const shown = logs.map(({ hash, amount, index }) => ({
    address: usdc,
    topics: [TRANSFER, `0x${word(payer)}`, `0x${word(payee)}`],
    data: `0x${word(amount)}`,
    logIndex: hex(BigInt(index)),
    transactionHash: hash,
  }));
  const used = {
    address: usdc,
    topics: [USED, `0x${word(payer)}`, `0x${'cd'.repeat(32)}`],
    data: '0x',
    logIndex: '0x0',
    transactionHash: transaction,
  };
  return {
    request: async ({ method, params }: { method: string; params?: unknown }) => {
      const [first] = params as [unknown];
      switch (method) {
        case 'eth_chainId':
          return '0x14a34';
        case 'eth_blockNumber':
          return hex(now());
        case 'eth_getBlockByNumber':
          return { number: hex(now()), timestamp: hex(BigInt(timestamp)) };
        case 'eth_call':
          return isUsed ? `0x${'f'.repeat(64)}` : `0x${'0'.repeat(64)}`;
        case 'eth_getTransactionByHash':
          return { input: inputs[first as string] ?? '0x' };
        case 'eth_getTransactionReceipt':
          return { status: '0x1', transactionHash: first, logs: [used, ...shown] };
        case 'eth_getLogs': {
          const { fromBlock, toBlock, topics } = first as {
            fromBlock: string;
            toBlock: string;
            topics: unknown[];
          };
          const from = fromBlock === 'earliest' ? 0n : BigInt(fromBlock);
          const to = toBlock === 'latest' ? now() : BigInt(toBlock);
          if (to - from > mostBlocks) throw new Error('query exceeds max block range');
          return Array.isArray(topics[0]) ? [used] : shown;
        }
        default:
          throw new Error(method);
      }
    },
  };
}

describe('without a ledger', () => {
  test('a receipt for a part of an `exact` payment is a lie: the signature moves all of it or nothing', async () => {
    const rail = railOf();
    const hold = await holdOf(rail);
    const answer = completed([{ success: true, transaction, network, payer, amount: '1' }]);
    const settled = await rail.release(hold, { answer });
    expect(settled).not.toMatchObject({ status: 'partially-released' });
  });

  test('`upto`: a receipt of nothing ends nothing, as the agent may take all of it until the deadline', async () => {
    const rail = railOf(permitting);
    const hold = await holdOf(rail, asking([offerV2({ scheme: 'upto' })]));
    const answer = completed([{ success: true, transaction, network, payer, amount: '0' }]);
    expect(await rail.release(hold, { answer })).toMatchObject({ status: 'pending' });
  });

  test('the receipt of an earlier payment on the task does not stand for one that failed', async () => {
    const rail = railOf();
    const hold = await holdOf(rail);
    const receipts = [
      { success: true, transaction: other, network, payer },
      { success: false, transaction: '', network, payer, errorReason: 'insufficient_funds' },
    ];
    expect(await rail.release(hold, { answer: completed(receipts) })).toMatchObject({
      status: 'pending',
    });
  });

  test('a clock that is ten minutes ahead does not end a signature that the chain still takes', async () => {
    const rail = railOf();
    const hold = await holdOf(rail);
    const validBefore = Math.floor(Date.now() / 1000) - 60;
    const ended = { ...hold, state: { ...hold.state, validBefore } };
    expect(await rail.refund(ended, { answer: { state: 'failed' } })).toMatchObject({
      status: 'pending',
    });
  });

  test('one transaction is the receipt of one payment', async () => {
    let nonce = 0;
    const client = {
      createPaymentPayload: async (asked: unknown) =>
        signed(asked, { authorization: { nonce: `0x${String(++nonce).padStart(64, '0')}` } }),
    };
    const rail = railOf({ client });
    const [one, two] = [await holdOf(rail), await holdOf(rail)];
    const answer = completed([{ success: true, transaction, network, payer }]);
    await rail.release(one, { answer });
    expect(await rail.release(two, { answer })).toMatchObject({ status: 'pending' });
  });
});

describe('Permit2, with a ledger', () => {
  const upto = asking([offerV2({ scheme: 'upto' })]);

  test('a used nonce whose transfer the node does not show is not said to be canceled', async () => {
    const rail = railOf({ ...permitting, ledger: node({ logs: [] }) });
    const hold = await holdOf(rail, upto);
    const settled = await rail.refund(hold, { answer: { state: 'failed' } }).catch(() => 'unclear');
    expect(settled).not.toMatchObject({ status: 'refunded' });
  });

  test('a seller whose contract has stored the payload, so that no calldata names the nonce, has taken it', async () => {
    const logs = [{ hash: transaction, amount: 250_000n, index: 1 }];
    const ledger = node({ logs, inputs: { [transaction]: '0xdeadbeef' } });
    const rail = railOf({ ...permitting, ledger });
    const hold = await holdOf(rail, upto);
    const settled = await rail.refund(hold, { answer: { state: 'failed' } }).catch(() => 'unclear');
    expect(settled).not.toMatchObject({ status: 'refunded' });
  });

  test('a small payment whose calldata bears the nonce of a large one does not stand for it', async () => {
    const logs = [
      { hash: other, amount: 1n, index: 1 },
      { hash: transaction, amount: 250_000n, index: 1 },
    ];
    const inputs = { [other]: `0x${word(permitNonce)}`, [transaction]: `0x${word(permitNonce)}` };
    const rail = railOf({ ...permitting, ledger: node({ logs, inputs }) });
    const hold = await holdOf(rail, upto);
    const settled = await rail.release(hold, {}).catch(() => 'unclear');
    expect(settled).not.toMatchObject({ amount: '0.000001' });
  });

  test('at its deadline itself it is still good: Permit2 ends after it, EIP-3009 before', async () => {
    const deadline = Math.floor(Date.now() / 1000) + 300;
    const client = {
      createPaymentPayload: async (asked: unknown) =>
        permitOf(asked, { deadline: String(deadline) }),
    };
    const rail = railOf({ client, ledger: node({ isUsed: false, timestamp: deadline }) });
    const hold = await holdOf(rail, upto);
    expect(await rail.refund(hold, { answer: { state: 'failed' } })).toMatchObject({
      status: 'pending',
    });
  });
});

describe('a ledger', () => {
  test('that serves logs of 10,000 blocks at a time is enough, also a day later', async () => {
    let head = 1000n;
    const logs = [{ hash: transaction, amount: 250_000n, index: 1 }];
    const rail = railOf({ ledger: node({ head: () => head, logs, mostBlocks: 10_000n }) });
    const hold = await holdOf(rail);
    head += 43_200n;
    expect(await rail.release(hold, {})).toMatchObject({ status: 'released' });
  });

  test('whose client never answers does not keep reconcile for ever', async () => {
    const request = async ({ method }: { method: string }) =>
      method === 'eth_chainId' ? '0x14a34' : new Promise<never>(() => {});
    const rail = railOf({ ledger: { request }, timeoutMs: 50 });
    const hold = await holdOf(rail);
    const ended = rail.release(hold, {}).then(
      () => 'ended',
      () => 'ended',
    );
    const late = new Promise((resolve) => setTimeout(() => resolve('late'), 1000));
    expect(await Promise.race([ended, late])).toBe('ended');
  });

  test('`cancel` that never ends does not keep a settlement for ever', async () => {
    const ledger = node({ isUsed: false });
    const rail = railOf({ ledger, cancel: () => new Promise(() => {}), timeoutMs: 50 });
    const hold = await holdOf(rail);
    const ended = rail.refund(hold, { answer: { state: 'failed' } }).then(
      () => 'ended',
      () => 'ended',
    );
    const late = new Promise((resolve) => setTimeout(() => resolve('late'), 1000));
    expect(await Promise.race([ended, late])).toBe('ended');
  });

  test('`cancel` that throws at once leaves the payment to be looked up', async () => {
    const cancel = () => {
      throw new Error('no gas');
    };
    const rail = railOf({ ledger: node({ isUsed: false }), cancel });
    const hold = await holdOf(rail);
    expect(await rail.refund(hold, { answer: { state: 'failed' } })).toMatchObject({
      status: 'pending',
    });
  });
});

test('an agent cannot get out of the ledger’s sight by the network that it asks on', async () => {
  const rail = railOf({ ledger: node({}) });
  const polygon = offerV2({
    network: 'eip155:137',
    asset: '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359',
  });
  await expect(holdOf(rail, asking([polygon]))).rejects.toMatchObject({
    name: 'AI_SettlementError',
  });
});

describe('the client', () => {
  test('that fails at its node shows no key of that', async () => {
    const client = {
      createPaymentPayload: () =>
        Promise.reject(
          new Error('HTTP request failed. URL: https://rpc.example.com/v2/secret-key'),
        ),
    };
    await expect(holdOf(railOf({ client }))).rejects.not.toThrow(/secret-key/);
  });

  test('that signs for a Permit2 spender of its own is not believed', async () => {
    const rail = railOf(permitting);
    await expect(holdOf(rail, asking([offerV2({ scheme: 'upto' })]))).rejects.toMatchObject({
      code: 'VALIDATION',
    });
  });
});

describe('the offer', () => {
  test('is one within reach where another of the list is not, by its time', async () => {
    const accepts = [offerV2({ maxTimeoutSeconds: 900_000 }), offerV2({ amount: '100000' })];
    expect(railOf().challenge?.(asking(accepts), { hasLimit: () => true })?.amount).toBe('0.1');
  });

  test.each([
    ['an exponent', '1e3'],
    ['hexadecimal', '0x10'],
    ['negative', '-5'],
    ['79 digits', '9'.repeat(79)],
    ['blanks', ' 5'],
    ['a number', 5],
    ['other digits', '٥'],
  ])('with an amount in %s is none', (_, amount) => {
    const answer = asking([offerV2({ amount })]);
    expect(railOf().challenge?.(answer, { hasLimit: () => true })).toBeUndefined();
  });

  test.each([
    ['an asset that calls itself USDC', { asset: payee, extra: { name: 'USDC', decimals: 18 } }],
    ['USDC’s address on another network', { network: 'eip155:999999' }],
  ])('of %s is not taken for USDC', (_, more) => {
    const ask = () => railOf().challenge?.(asking([offerV2(more)]), { hasLimit: () => true });
    expect(ask).toThrow(expect.objectContaining({ code: 'NOT_CONFIGURED' }));
  });

  test.each([
    ['is no address', 'me'],
    ['has a megabyte', 'x'.repeat(1_000_000)],
    ['has lines of its own', `${payee}\nINFO paid`],
  ])('whose payee %s is none on an EVM chain', (_, payTo) => {
    const answer = asking([offerV2({ payTo })]);
    expect(railOf().challenge?.(answer, { hasLimit: () => true })).toBeUndefined();
  });

  test('nested a hundred thousand times is none', () => {
    let nested: unknown = [];
    for (let depth = 0; depth < 100_000; depth++) nested = [nested];
    const answer = {
      metadata: { 'x402.payment.required': { x402Version: 2, accepts: [], nested } },
    };
    expect(railOf().challenge?.(answer, { hasLimit: () => true })).toBeUndefined();
  });

  test('of 10 MB in a header is read in no time, or not at all', () => {
    const big = { x402Version: 2, accepts: [offerV2()], junk: 'x'.repeat(10_000_000) };
    const header = Buffer.from(JSON.stringify(big)).toString('base64');
    const startedAt = Date.now();
    railOf().challenge?.({ headers: { 'payment-required': header } }, { hasLimit: () => true });
    expect(Date.now() - startedAt).toBeLessThan(2000);
  });
});
