import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { expect, test } from 'vitest';
import { acceptX402, type AcceptX402Options, type X402ResourceServer } from '../../../src/agent';
import { call, eventsOf } from './coins';
import { openShop } from './shop';

const network = 'eip155:84532';
const payTo = `0x${'22'.repeat(20)}`;
const now = { olderThanMs: 0 };
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** A shop that takes payments which an escrow holds, and what the escrow has of the one of this test. */
function open({
  lock = async () => {},
  offer = {},
  extra = {},
  storage = memoryStorage(),
  ...options
}: {
  /** What happens before it is locked. */
  lock?: () => Promise<void>;
  offer?: Partial<AcceptX402Options['offers'][number]>;
  extra?: Record<string, unknown>;
  storage?: ReturnType<typeof memoryStorage>;
} & Partial<AcceptX402Options> = {}) {
  const scheme = offer.scheme ?? 'auth-capture';
  const offered = {
    scheme,
    network: network as typeof network,
    asset: `0x${'33'.repeat(20)}`,
    amount: '250000',
    payTo,
    maxTimeoutSeconds: 300,
    extra: { name: 'USDC', ...extra },
  };
  const escrow = { state: 'free', settles: 0, cancels: 0 };
  const said = (success: boolean) => ({
    success,
    transaction: success ? '0xt' : '',
    ...(!success && { errorReason: 'no_such_payment' }),
  });
  const server: X402ResourceServer = {
    initialize: async () => {},
    buildPaymentRequirements: async () => [offered],
    getAssetDecimalsForRequirements: () => 6,
    findMatchingRequirements: ([first]) => first,
    getPaymentFlow: () => (scheme === 'auth-capture' ? 'escrow' : 'authorization'),
    verifyPayment: async () => ({ isValid: true }),
    async settlePayment(...[, , , , , phase]) {
      escrow.settles++;
      if (phase === 'before-handler') await lock();
      escrow.state = phase === 'before-handler' ? 'locked' : 'taken';
      return said(true);
    },
    createPaymentCancellationDispatcher: () => ({
      async cancel() {
        escrow.cancels++;
        if (escrow.state !== 'locked') return said(false);
        escrow.state = 'void';
        return said(true);
      },
    }),
  };
  const accept = acceptX402({
    server,
    offers: [{ scheme, network, payTo, price: '$0.25', ...offer }],
    ...options,
  });
  const uri = accept.extensions([])[0]?.uri;
  const shop = openShop([accept], { storage });
  const send = (text: string, more: object, validBefore = inSeconds(300)) => {
    const authorization = {
      from: `0x${'11'.repeat(20)}`,
      to: payTo,
      value: '250000',
      validAfter: '0',
      validBefore: String(validBefore),
      nonce: `0x${'0a'.repeat(32)}`,
    };
    const payload = { signature: `0x${'ab'.repeat(65)}`, authorization };
    const payment = { x402Version: 2, accepted: offered, payload };
    const message = {
      messageId: crypto.randomUUID(),
      role: 'ROLE_USER',
      parts: [{ text }],
      metadata: { 'x402.payment.payload': payment },
      ...more,
    };
    return call(shop.fetch, 'SendMessage', { message }, uri);
  };
  return { ...shop, escrow, send };
}

test('a lock that comes after nobody waited for it any more is given back', async () => {
  const { another, escrow, executor, sales, send } = open({
    lock: () => sleep(100),
    timeoutMs: 20,
  });
  expect((await send('bakes', {})).text).toContain('could not be captured');
  expect(escrow).toMatchObject({ state: 'free', cancels: 1 });
  // It has not come yet.
  expect(await executor.reconcile(now)).toMatchObject({ refunded: 0, left: 1 });
  await expect.poll(() => escrow.state).toBe('locked');
  expect(await another().executor.reconcile(now)).toMatchObject({ refunded: 1, left: 0 });
  expect(escrow.state).toBe('void');
  expect(eventsOf(sales)).toEqual(['refused']);
});

test('until then its payment pays for no other task, which would lose it', async () => {
  const { baker, escrow, send } = open({ lock: () => sleep(100), timeoutMs: 20 });
  await send('bakes', {});
  expect((await send('bakes', {})).text).toContain('pays for another task');
  expect(escrow.settles).toBe(1);
  expect(baker.begun).toEqual([]);
});

test('a lock that never comes is waited for until a day after it could', async () => {
  const { executor, send } = open({
    lock: () => new Promise<never>(() => {}),
    timeoutMs: 20,
    // It was offered, and would be locked, more than a day ago.
    now: () => new Date(Date.now() - 86_400_000 - 301_000),
  });
  // Its payer has signed for ever.
  await send('bakes', {}, 9_999_999_999);
  expect(await executor.reconcile(now)).toMatchObject({ refunded: 1, left: 0 });
});

test('a machine that dies while it locks: it is given back', async () => {
  const died = Promise.withResolvers<void>();
  const { another, escrow, executor, sales, send } = open({
    // It is locked, and its answer comes to nobody.
    lock: () => died.promise,
  });
  void send('bakes', {});
  await expect.poll(() => escrow.settles).toBe(1);
  await sleep(5);
  expect(await executor.reconcile(now)).toMatchObject({ refunded: 0 });
  escrow.state = 'locked';
  expect(await another().executor.reconcile(now)).toMatchObject({ refunded: 1, left: 0 });
  expect(escrow.state).toBe('void');
  expect(eventsOf(sales)).toEqual([]);
});

test('where it cannot be written down, nothing is locked', async () => {
  const memory = memoryStorage();
  const storage = {
    ...memory,
    setItem: async () => {
      throw new Error('The storage is away.');
    },
  };
  const { escrow, send } = open({ storage });
  expect((await send('bakes', {})).text).toContain('could not be verified');
  expect(escrow).toMatchObject({ state: 'free', settles: 0 });
  expect(await memory.getKeys('a2a-payment:')).toEqual([]);
});

test('an answer to a task whose payer could have its money back is not worked for', async () => {
  const captureDeadline = inSeconds(2);
  const { baker, escrow, sales, send } = open({ extra: { captureDeadline } });
  const { id } = await send('asks', {});
  expect(escrow.state).toBe('locked');
  await sleep(captureDeadline * 1000 - Date.now() + 10);
  const late = await send('bakes', { taskId: id });
  expect(late.text).not.toContain('a bread.');
  expect(late.state).toBe('TASK_STATE_CANCELED');
  expect(escrow.state).toBe('void');
  expect(baker.begun).toHaveLength(1);
  expect(eventsOf(sales)).toEqual(['verified', 'refunded']);
});
