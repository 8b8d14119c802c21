import { InMemoryTaskStore, type User } from '@a2a-js/sdk/server';
import {
  type AcceptedPayment,
  createAgentCard,
  createAgentHandler,
  paymentExtensions,
  requirePayment,
  type RequirePaymentOptions,
  type SaleRecord,
} from 'ai-sdk-a2a-settlement/agent';
import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { describe, expect, it } from 'vitest';
import { Baker, useBakers } from './shop';

const url = 'http://shop.test/';

/** Coins that are taken after the work, as their payer says. */
function coins({ settles = async () => {} } = {}) {
  const taken: string[] = [];
  const accept: AcceptedPayment = {
    rail: 'coins',
    extensions: () => [
      { uri: 'urn:test:coins', description: '', required: false, params: undefined },
    ],
    offers: async () => [{ scheme: 'coin', amount: '1' }],
    read({ message }) {
      const id: unknown = message.metadata?.['coin'];
      if (typeof id !== 'string') return undefined;
      return {
        id,
        expiresAt: new Date(Date.now() + 60_000),
        verify: async () => ({
          verified: true,
          sale: {
            amount: 1,
            currency: 'coins',
            mayStream: false,
            storedPayment: { coin: id },
            async settle() {
              await settles();
              taken.push(id);
              return { status: 'settled', amount: 1 };
            },
            refund: async () => undefined,
          },
        }),
      };
    },
  };
  return { accept, taken };
}

function open({
  accepts,
  baker = new Baker(),
  storage = memoryStorage(),
  taskStore = new InMemoryTaskStore(),
  ...options
}: Partial<RequirePaymentOptions> & { baker?: Baker; accepts: AcceptedPayment[] }) {
  const sales: SaleRecord[] = [];
  const machine = () => {
    const executor = requirePayment(baker, {
      accepts,
      storage,
      onSale: (record) => sales.push(record),
      ...options,
    });
    const card = createAgentCard({
      url,
      name: 'baker',
      description: '',
      skills: [],
      extensions: paymentExtensions(accepts, []),
    });
    const authenticate = ({ headers }: Request): User => ({
      isAuthenticated: true,
      userName: headers.get('authorization') ?? 'anybody',
    });
    const handle = createAgentHandler({ card, executor, taskStore, authenticate });
    const call = async (method: string, params: object, headers: Record<string, string> = {}) => {
      const response = await handle(
        new Request(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'a2a-version': '1.0',
            'a2a-extensions': 'urn:test:coins',
            ...headers,
          },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        }),
      );
      return { status: response.status, headers: response.headers, text: await response.text() };
    };
    return { call, executor };
  };
  return { ...machine(), another: machine, baker, sales };
}

function message(text: string, coin?: string, taskId?: string) {
  return {
    message: {
      messageId: crypto.randomUUID(),
      role: 'ROLE_USER',
      parts: [{ text }],
      ...(taskId !== undefined && { taskId }),
      ...(coin !== undefined && { metadata: { coin } }),
    },
  };
}

describe('an agent that is paid', () => {
  const hotBaker = useBakers();

  it('wants one way to pay for each rail', () => {
    const { accept } = coins();
    expect(() => requirePayment(new Baker(), { accepts: [] })).toThrow(/at least one way/);
    expect(() => requirePayment(new Baker(), { accepts: [accept, accept] })).toThrow(
      /the rail coins/,
    );
  });

  it('refuses a second message to a task that it works on, and goes on', async () => {
    const { accept, taken } = coins();
    const { another, baker, call } = open({ accepts: [accept], baker: hotBaker() });
    const first = call('SendMessage', message('waits', 'a'));
    await expect.poll(() => baker.begun).toHaveLength(1);
    const [taskId = ''] = baker.begun;
    for (const machine of [{ call }, another()]) {
      for (const coin of ['b', undefined]) {
        const { text } = await machine.call('SendMessage', message('bakes', coin, taskId));
        expect(JSON.parse(text).error).toMatchObject({ code: -32_004 });
      }
    }
    baker.open();
    expect((await first).text).toContain('TASK_STATE_COMPLETED');
    expect(taken).toEqual(['a']);
    expect(baker.begun).toHaveLength(1);
  });

  it('lets nobody but its caller cancel a task', async () => {
    const { accept, taken } = coins();
    const { another, baker, call } = open({ accepts: [accept], baker: hotBaker() });
    const first = call('SendMessage', message('waits', 'a'), { authorization: 'alice' });
    await expect.poll(() => baker.begun).toHaveLength(1);
    for (const machine of [{ call }, another()]) {
      const { text } = await machine.call(
        'CancelTask',
        { id: baker.begun[0] },
        { authorization: 'mallory' },
      );
      expect(JSON.parse(text).error).toMatchObject({ code: -32_001 });
    }
    baker.open();
    expect((await first).text).toContain('TASK_STATE_COMPLETED');
    expect(taken).toEqual(['a']);
  });

  it('cancels no task that is being paid for', async () => {
    const settling = Promise.withResolvers<void>();
    const { accept, taken } = coins({ settles: () => settling.promise });
    const { another, baker, call, sales } = open({ accepts: [accept] });
    const first = call('SendMessage', message('bakes', 'a'));
    await expect.poll(() => sales.map(({ event }) => event)).toContain('worked');
    for (const machine of [{ call }, another()]) {
      const { text } = await machine.call('CancelTask', { id: baker.begun[0] });
      expect(JSON.parse(text).error).toMatchObject({ code: -32_002 });
    }
    settling.resolve();
    expect((await first).text).toContain('TASK_STATE_COMPLETED');
    expect(taken).toEqual(['a']);
  });

  it('stops work that another machine was told to cancel', async () => {
    const { accept, taken } = coins();
    const { another, baker, call, sales } = open({
      accepts: [accept],
      baker: hotBaker(),
      cancelPollMs: 5,
    });
    const first = call('SendMessage', message('waits', 'a'));
    await expect.poll(() => baker.begun).toHaveLength(1);
    const { text } = await another().call('CancelTask', { id: baker.begun[0] });
    expect(text).toContain('TASK_STATE_CANCELED');
    // Nobody opens the oven: the cancel does.
    expect((await first).text).toContain('TASK_STATE_CANCELED');
    expect(taken).toEqual([]);
    expect(sales.at(-1)?.event).toBe('refunded');
  });

  it('asks callers that know no extension over HTTP 402', async () => {
    const { accept } = coins();
    const { baker, call } = open({ accepts: [accept] });
    const asked = await call('SendMessage', message('bakes'), { 'a2a-extensions': '' });
    expect(asked.status).toBe(402);
    const required = JSON.parse(atob(asked.headers.get('payment-required') ?? ''));
    expect(required).toMatchObject({ accepts: [{ scheme: 'coin' }], resource: { url } });
    const inBand = await call('SendMessage', message('bakes'));
    expect(inBand.status).toBe(200);
    expect(inBand.text).toContain('TASK_STATE_INPUT_REQUIRED');
    expect(baker.begun).toEqual([]);
  });

  it('takes a payment for another task that was no good for the first', async () => {
    const { accept, taken } = coins();
    let isAway = true;
    const unsure: AcceptedPayment = {
      ...accept,
      read(request) {
        const claim = accept.read(request);
        if (claim === undefined) return undefined;
        const away = { verified: false, reason: 'away', message: 'Away.' } as const;
        return { ...claim, verify: async () => (isAway ? away : claim.verify()) };
      },
    };
    const { another, call, sales } = open({ accepts: [unsure] });
    expect((await call('SendMessage', message('bakes', 'a'))).text).toContain('Away.');
    isAway = false;
    const again = await another().call('SendMessage', message('bakes', 'a'));
    expect(again.text).toContain('TASK_STATE_COMPLETED');
    const replay = await call('SendMessage', message('bakes', 'a'));
    expect(replay.text).toContain('pays for another task');
    expect(taken).toEqual(['a']);
    expect(sales.map(({ event }) => event)).toEqual([
      'refused',
      'verified',
      'worked',
      'settled',
      'refused',
    ]);
  });

  it('looks up what its payers had to release', async () => {
    const { accept } = coins();
    let state: 'owed' | 'settled' = 'owed';
    const asked: unknown[] = [];
    const lent: AcceptedPayment = {
      ...accept,
      read(request) {
        const claim = accept.read(request);
        return claim && { ...claim, verify: async () => ({ verified: true, sale: owing }) };
      },
      async lookUp(owed) {
        asked.push(owed);
        return { status: state, amount: 1 };
      },
    };
    const owing = {
      amount: 1,
      currency: 'coins',
      mayStream: true,
      settle: async () => ({ status: 'owed' as const, amount: 1, owed: { id: 'escrow' } }),
      refund: async () => undefined,
    };
    const { another, call, sales } = open({ accepts: [lent] });
    await call('SendMessage', message('bakes', 'a'));
    expect(sales.at(-1)).toMatchObject({ event: 'owed', amount: '1' });
    const { executor } = another();
    expect(await executor.reconcile()).toMatchObject({ left: 1, settled: 0 });
    state = 'settled';
    expect(await executor.reconcile()).toMatchObject({ left: 0, settled: 1 });
    expect(await executor.reconcile()).toMatchObject({ left: 0, settled: 0 });
    expect(asked).toEqual([{ id: 'escrow' }, { id: 'escrow' }]);
    expect(sales.at(-1)).toMatchObject({ event: 'settled', currency: 'coins' });
  });

  it('charges nothing where its storage fails, and says so to onError', async () => {
    const { accept, taken } = coins();
    const errors: unknown[] = [];
    const memory = memoryStorage();
    const storage = {
      ...memory,
      setItemIfAbsent: async (...[key, ...more]: Parameters<typeof memory.setItemIfAbsent>) => {
        if (key.startsWith('a2a-sale-end:')) throw new Error('The storage is away.');
        return memory.setItemIfAbsent(key, ...more);
      },
    };
    const { call } = open({ accepts: [accept], storage, onError: (error) => errors.push(error) });
    const { text } = await call('SendMessage', message('bakes', 'a'));
    expect(text).toContain('TASK_STATE_FAILED');
    expect(text).not.toContain('bread');
    expect(taken).toEqual([]);
    expect(errors.length).toBeGreaterThan(0);
  });
});
