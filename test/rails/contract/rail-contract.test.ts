import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addAmounts, compareAmounts, fromAtomic, toAtomic } from '../../../src/internal/decimal';
import {
  type AgentAnswer,
  type Amount,
  type Hold,
  type MessageDecoration,
  type Pending,
  type Settled,
  SettlementError,
  type SettlementRail,
} from '../../../src/rails/rail';
import { exchangeKind } from './exchange-bench';
import { neverminedKinds } from './nevermined-bench';
import { optionalMembers, type OptionalMember, type RailBench, reopened } from './rail-bench';
import { x402Kinds } from './x402-bench';

// What `SettlementRail` promises, of every rail, on its own ledger and over HTTP.

const kinds = [exchangeKind, ...x402Kinds, ...neverminedKinds];
const minute = 60_000;

const failed: AgentAnswer = { state: 'failed', metadata: {} };

describe.each(kinds)('$name', (kind) => {
  const { capturedBy, currency, decimals } = kind;
  const isAgents = capturedBy === 'agent';
  const price = fromAtomic(10n, decimals);
  let bench: RailBench;

  beforeEach(async () => {
    // Nothing that a shell has set counts.
    for (const name of ['A2A_PAYER_API_KEY', 'A2A_API_KEY', 'NVM_API_KEY', 'NVM_ENVIRONMENT']) {
      vi.stubEnv(name, undefined);
    }
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T12:00:00Z') });
    bench = await kind.open();
  });
  afterEach(async () => {
    await bench.close();
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  /** No hold and no credential lasts so long. */
  const lapse = () => vi.setSystemTime(Date.now() + 25 * 60 * minute);
  const hold = (amount: Amount = price) => bench.rail.hold(bench.request(amount));
  const show = async (held: Hold): Promise<MessageDecoration> =>
    bench.rail.decorate(held, { isFirst: true });

  /** Made, shown to its agent, and worked for. */
  async function delivered(amount: Amount = price) {
    const held = await hold(amount);
    const shown = await show(held);
    return { held, shown, answer: await bench.deliver(shown, amount) };
  }

  const paid = async () => fromAtomic(await bench.paid(), decimals);
  const spent = async () => fromAtomic(await bench.spent(), decimals);
  const nothing = fromAtomic(0n, decimals);

  describe('what agents say', () => {
    test('its own card is read, and the same each time', () => {
      const terms = bench.rail.terms(bench.card, {});
      expect(terms).toBeDefined();
      expect(typeof terms?.required).toBe('boolean');
      if (bench.asksFor === undefined) expect(terms?.payee).toBe(bench.payee);
      else expect(terms?.isAsked).toBe(true);
      expect(bench.rail.terms(bench.card, {})).toEqual(terms);
    });

    test.each([
      [undefined],
      [null],
      [7],
      ['card'],
      [[]],
      [{}],
      [{ capabilities: null }],
      [{ capabilities: { extensions: null } }],
      [{ capabilities: { extensions: [null, 7, {}, { uri: 'urn:other', params: {} }] } }],
    ])('%j is no card of its own', (card) => {
      expect(bench.rail.terms(card, {})).toBeUndefined();
    });

    test.each<[AgentAnswer]>([
      [{}],
      [{ state: 'completed', metadata: {} }],
      [{ state: 'input-required', metadata: null }],
      [{ state: 'input-required', metadata: { 'x402.payment.required': 'all of it' } }],
      [
        {
          state: 'failed',
          metadata: { 'x402.payment.required': { x402Version: 2, accepts: [{}] } },
        },
      ],
      [{ headers: { 'payment-required': '!' } }],
      [{ headers: { 'payment-required': btoa('{"accepts":"all"}') } }],
    ])('%j asks for nothing that it can pay', (answer) => {
      expect(bench.rail.challenge?.(answer, { hasLimit: () => true })).toBeUndefined();
    });

    test('what is for other rails is not for it', () => {
      for (const card of kind.foreign.cards) expect(bench.rail.terms(card, {})).toBeUndefined();
      for (const answer of kind.foreign.answers) {
        expect(bench.rail.challenge?.(answer, { hasLimit: () => true })).toBeUndefined();
      }
      expect(kind.foreign.cards.length).toBeGreaterThan(0);
    });

    test('what it is asked for is read to the last digit', () => {
      const asked = bench.asksFor?.(price);
      if (asked === undefined) return expect(kind.name).not.toContain('x402 ');
      const read = bench.rail.challenge?.(asked, { hasLimit: () => true });
      expect(read).toMatchObject({
        payee: bench.payee,
        amount: price,
        currency: { code: currency, decimals },
      });
      expect(JSON.parse(JSON.stringify(read?.offer))).toEqual(read?.offer);
      return expect(bench.line.requests).toEqual([]);
    });
  });

  describe('its members', () => {
    test('are those that it is said to have', () => {
      const has = optionalMembers.filter((name) => bench.rail[name] !== undefined);
      expect(has).toEqual(
        optionalMembers.filter((name: OptionalMember) => kind.has.includes(name)),
      );
      expect(bench.rail.capabilities.capturedBy).toBe(capturedBy);
      expect(bench.rail.name).toBe(bench.elsewhere().name);
    });

    test('without a credential nothing is signed and nothing is asked', async () => {
      const rail = bench.unconfigured();
      const notConfigured = { code: 'NOT_CONFIGURED', isRetryable: false };
      expect(() => rail.assertConfigured()).toThrow(SettlementError);
      const thrown = await rail.hold(bench.request(price)).catch((error: unknown) => error);
      expect(SettlementError.isInstance(thrown)).toBe(true);
      expect(thrown).toMatchObject(notConfigured);
      expect([bench.signatures(), bench.line.requests]).toEqual([0, []]);
      expect([await paid(), await spent()]).toEqual([nothing, nothing]);
      expect(() => bench.rail.assertConfigured()).not.toThrow();
    });
  });

  describe('a hold', () => {
    test('is what was asked for, and holds no credential', async () => {
      const request = bench.request(price);
      const held = await bench.rail.hold(request);
      expect(held).toMatchObject({
        rail: bench.rail.name,
        taskId: request.taskId,
        payee: bench.payee,
        amount: price,
        currency,
      });
      expect(held.decimals ?? 0).toBe(decimals);
      expect(held.escrowId).toMatch(/^\S{8,}$/);
      expect(held.exchangeUrl).not.toBe('');
      expect(compareAmounts(held.fee, 0)).toBeGreaterThanOrEqual(0);
      expect(held.expiresAt.getTime()).toBeGreaterThan(Date.now());
      expect(reopened(held)).toEqual(held);
      const shown = await show(held);
      for (const secret of bench.secrets(shown)) {
        expect(secret.length).toBeGreaterThan(10);
        expect(JSON.stringify(held)).not.toContain(secret);
      }
    });

    test('is another one each time', async () => {
      const all = [await hold(), await hold(), await hold()];
      expect(new Set(all.map(({ escrowId }) => escrowId)).size).toBe(3);
    });

    test('has amounts that are exact, whatever their number of digits', async () => {
      const units = fc.bigInt({ min: 1n, max: kind.most });
      let sum = 0n;
      await fc.assert(
        fc.asyncProperty(units, async (unit) => {
          const amount = fromAtomic(unit, decimals);
          const { held, answer } = await delivered(amount);
          expect(held.amount).toEqual(amount);
          const settled = await bench.rail.release(held, { answer });
          expect(settled).toMatchObject({ status: 'released', amount });
          sum += unit;
          expect(await bench.paid()).toBe(sum);
          expect(await bench.spent()).toBe(sum);
        }),
        { numRuns: 15 },
      );
    });

    test('of more places than the currency has is refused', async () => {
      const finer = `0.${'0'.repeat(decimals)}1`;
      const ask = async () => bench.rail.hold(bench.request(finer));
      await expect(ask()).rejects.toThrow();
      expect([bench.signatures(), await spent()]).toEqual([0, nothing]);
    });

    test('above what the rail can hold is refused', async () => {
      const { maxAmount } = bench.rail.capabilities;
      if (maxAmount === undefined) return expect(isAgents).toBe(true);
      const error = await hold(maxAmount + 1).catch((thrown: unknown) => thrown);
      expect(SettlementError.isInstance(error)).toBe(true);
      expect(await hold(maxAmount)).toMatchObject({ amount: maxAmount });
      return expect(await spent()).toBe(nothing);
    });

    test('of a caller who has left is none', async () => {
      const abortSignal = AbortSignal.abort(new Error('left'));
      await expect(bench.rail.hold(bench.request(price), { abortSignal })).rejects.toThrow('left');
      expect((await bench.rail.listHeld?.('aisdk-')) ?? []).toEqual([]);
      expect([await paid(), await spent()]).toEqual([nothing, nothing]);
    });

    test('is found where it lives, in another process too, and not by others', async () => {
      const held = await hold();
      const rail = bench.elsewhere();
      const seen = await rail.look?.(reopened(held));
      if (kind.has.includes('look')) {
        expect(seen).toMatchObject({ isOurs: true, state: { type: 'held' } });
        expect(seen?.hold).toMatchObject({ escrowId: held.escrowId, amount: held.amount });
        const others = await bench
          .stranger()
          .look?.(reopened(held))
          .catch((error: unknown) => error);
        const isHidden = others === undefined || SettlementError.isInstance(others);
        expect(isHidden || Reflect.get(Object(others), 'isOurs') === false).toBe(true);
      }
      if (kind.has.includes('find')) {
        expect(await rail.find?.(held.taskId)).toEqual(held);
        expect(await rail.find?.('aisdk-nobody')).toBeUndefined();
        expect(await rail.findMany?.([held.taskId, 'aisdk-nobody'])).toEqual(
          new Map([[held.taskId, held]]),
        );
        expect(await bench.stranger().find?.(held.taskId)).toBeUndefined();
      }
      if (kind.has.includes('listHeld')) {
        expect(await rail.listHeld?.('aisdk-')).toEqual([held]);
        expect(await rail.listHeld?.('other-')).toEqual([]);
        expect(await bench.stranger().listHeld?.('aisdk-')).toEqual([]);
      }
      if (kind.has.includes('listGroup')) {
        const grouped = await rail.hold(bench.request(price, { group: 'group-1' }));
        const [only, ...more] = (await rail.listGroup?.('group-1')) ?? [];
        expect([only?.hold.escrowId, more]).toEqual([grouped.escrowId, []]);
      }
      expect(kind.has.length).toBeGreaterThan(0);
    });
  });

  describe('what is shown to the agent', () => {
    test('pays, whether it is asked for once or twice, and says nothing to the ledger', async () => {
      const held = await hold();
      const [one, two] = [await show(held), await show(held)];
      expect(one.extensions.length).toBeGreaterThan(0);
      expect(bench.isPaid(one) && bench.isPaid(two)).toBe(true);
      if (kind.credential === 'the same') expect(two).toEqual(one);
      else expect(two).not.toEqual(one);
      expect(await spent()).toBe(nothing);
      await bench.deliver(one, price);
      expect(await paid()).toBe(isAgents ? price : nothing);
    });

    test('is taken once, unless the docs say otherwise', async () => {
      const { shown } = await delivered();
      const again = await bench.deliver(shown, price).then(
        () => 'taken',
        () => 'refused',
      );
      if (!isAgents) return expect(await paid()).toBe(nothing);
      expect(again).toBe(kind.isReusable === true ? 'taken' : 'refused');
      return expect(await paid()).toBe(kind.isReusable === true ? addAmounts(price, price) : price);
    });

    test('has a later message that need not pay again', async () => {
      const held = await hold();
      await show(held);
      const later = await bench.rail.decorate(held, { isFirst: false });
      expect(later.extensions.length).toBeGreaterThan(0);
    });
  });

  describe('a release', () => {
    test('twice is the same end, and moves the money once', async () => {
      const { held, answer } = await delivered();
      const one = await bench.rail.release(held, { answer });
      expect(one).toMatchObject({ status: 'released', amount: price });
      expect(await bench.rail.release(held, { answer })).toEqual(one);
      expect([await paid(), await spent()]).toEqual([price, price]);
      if ('proof' in one && one.proof !== undefined) {
        expect(one.proof).toMatchObject([{ confirmedBy: kind.confirmedBy }]);
        expect(one.proof[0]?.transaction).toMatch(/^0x[0-9a-f]{64}$/);
      } else expect(isAgents).toBe(false);
      for (const secret of bench.secrets()) expect(JSON.stringify(one)).not.toContain(secret);
    });

    test('by another process is the same', async () => {
      const { held, answer } = await delivered();
      const settled = await bench.elsewhere().release(reopened(held), { answer });
      expect(settled).toMatchObject({ status: 'released', amount: price });
      expect(await bench.rail.release(held, { answer })).toEqual(settled);
      expect(await paid()).toBe(price);
    });

    test('by many at once moves the money once', async () => {
      const { held, answer } = await delivered();
      const rails = [bench.rail, bench.elsewhere(), bench.elsewhere(), bench.elsewhere()];
      const release = async (rail: SettlementRail, tries = 5): Promise<Settled | Pending> =>
        rail.release(reopened(held), { answer }).catch((error: unknown) => {
          // A ledger may say that it is busy with the same.
          if (tries === 0 || !SettlementError.isInstance(error)) throw error;
          return release(rail, tries - 1);
        });
      const all = await Promise.all(rails.map((rail) => release(rail)));
      for (const settled of all)
        expect(settled).toMatchObject({ status: 'released', amount: price });
      expect([await paid(), await spent()]).toEqual([price, price]);
    });

    test('is told from then on, whoever asks', async () => {
      const { held, answer } = await delivered();
      await bench.rail.release(held, { answer });
      if (kind.has.includes('look')) {
        expect(await bench.elsewhere().look?.(reopened(held))).toMatchObject({
          state: { type: 'settled', settled: { status: 'released', amount: price } },
        });
      }
      if (kind.has.includes('find')) {
        expect(await bench.rail.find?.(held.taskId)).toBeUndefined();
        expect(await bench.rail.listHeld?.('aisdk-')).toEqual([]);
      }
      const refund = bench.rail.refund(held, { answer, reason: 'task-failed' });
      if (isAgents) expect(await refund).toMatchObject({ status: 'taken', amount: price });
      else
        await expect(refund).rejects.toMatchObject({ code: 'ALREADY_SETTLED', state: 'released' });
      expect([await paid(), await spent()]).toEqual([price, price]);
    });

    test('of a part is one where the rail says that it can', async () => {
      const part = fromAtomic(5n, decimals);
      const { held, answer } = await delivered();
      const settled = await bench.rail.release(held, { amount: part, answer });
      if (bench.rail.capabilities.partialRelease) {
        expect(settled).toMatchObject({ status: 'partially-released', amount: part });
        expect(await paid()).toBe(part);
      } else {
        expect(settled).toMatchObject({ status: 'released', amount: price });
        expect(await paid()).toBe(price);
      }
    });
  });

  describe('a refund', () => {
    test('twice never becomes anything but a refund, and moves nothing', async () => {
      const held = await hold();
      await show(held);
      const states: string[] = [];
      for (let again = 0; again < 3; again++) {
        const end = await bench.rail.refund(held, { answer: failed, reason: 'task-failed' });
        states.push(end.status);
        if (end.status === 'pending') expect(end.until.getTime()).toBeGreaterThan(Date.now());
        else expect(end).toMatchObject({ status: 'refunded' });
      }
      expect(states).toEqual(states.toSorted((one) => (one === 'pending' ? -1 : 1)));
      expect([await paid(), await spent()]).toEqual([nothing, nothing]);
      lapse();
      const end = await bench.rail.refund(held, { answer: failed, reason: 'task-failed' });
      const all = isAgents ? price : addAmounts(held.amount, held.fee);
      expect(end).toMatchObject({ status: 'refunded', returned: all });
      expect([await paid(), await spent()]).toEqual([nothing, nothing]);
    });

    test.each(['not-dispatched', 'unreachable'])(
      'of what no agent has seen is one, at once unless a signature may have got there (%s)',
      async (reason) => {
        const held = await hold();
        const isOut = reason === 'unreachable';
        if (isOut) await show(held);
        const all = isAgents ? price : addAmounts(held.amount, held.fee);
        const settled = await bench.rail.refund(held, { reason });
        // The chain says soon that it was not used.
        if (isOut && held.rail === 'x402') expect(settled).toMatchObject({ status: 'pending' });
        else expect(settled).toMatchObject({ status: 'refunded', returned: all });
        expect([await paid(), await spent()]).toEqual([nothing, nothing]);
      },
    );

    test('of what the agent took all the same says so', async () => {
      const { held, answer } = await delivered();
      const end = await bench.rail.refund(held, {
        answer: { ...answer, state: 'failed' },
        reason: 'verification-failed',
      });
      if (!isAgents) return expect(end.status).toBe('refunded');
      expect(end).toMatchObject({ status: 'taken', amount: price });
      return expect(await spent()).toBe(price);
    });

    test('stands against a later release', async () => {
      const held = await hold();
      await bench.rail.refund(held, { reason: 'not-dispatched' });
      const release = bench.rail.release(held);
      if (isAgents) expect((await release).status).not.toBe('released');
      else await expect(release).rejects.toMatchObject({ code: 'ALREADY_SETTLED' });
      expect([await paid(), await spent()]).toEqual([nothing, nothing]);
    });
  });

  test('a hold that nobody ended is over by itself', async () => {
    const held = await hold();
    lapse();
    if (kind.has.includes('look')) {
      expect(await bench.rail.look?.(held)).toMatchObject({ state: { type: 'lapsed' } });
    }
    const end = await bench.rail.refund(held, { answer: failed, reason: 'error' });
    expect(end.status).toBe('refunded');
    expect([await paid(), await spent()]).toEqual([nothing, nothing]);
  });

  describe('a ledger that is away', () => {
    test('is an error that may help to repeat, and tells no secret', async () => {
      const { held, shown, answer } = await delivered();
      const rail = bench.elsewhere();
      const work = {
        balance: () => rail.balance?.(),
        hold: () => rail.hold(bench.request(price)),
        look: () => rail.look?.(reopened(held)),
        refund: () => rail.refund(reopened(held), { answer: failed }),
        release: () => rail.release(reopened(held), { answer }),
      };
      rail.terms(bench.card, {});
      bench.line.isDown = true;
      for (const name of kind.asks) {
        const error = await Promise.resolve(work[name]()).then(
          () => 'no error',
          (thrown: unknown) => thrown,
        );
        expect(SettlementError.isInstance(error), `${name}: ${inspect(error)}`).toBe(true);
        expect(error, name).toMatchObject({ isRetryable: true });
        const said = inspect(error, { depth: 10, showHidden: true });
        for (const secret of bench.secrets(shown)) expect(said).not.toContain(secret);
      }
      bench.line.isDown = false;
      expect((await rail.release(reopened(held), { answer })).status).toBe('released');
      expect(await paid()).toBe(price);
    });

    test('and whose answers are lost has done what it was asked for once', async () => {
      const { held, answer } = await delivered();
      bench.line.losing = 1;
      const attempt = () => bench.rail.release(held, { answer });
      const settled = await attempt().catch(attempt);
      expect(settled).toMatchObject({ status: 'released', amount: price });
      expect([await paid(), await spent()]).toEqual([price, price]);
    });
  });

  test('a seal is the same on all machines of a payer, and no other makes it', async () => {
    const { rail } = bench;
    if (!kind.has.includes('seal')) return expect(rail.seal).toBeUndefined();
    const seal = await rail.seal?.('text');
    expect(seal).toMatch(/^\S{32,}$/);
    expect(await bench.elsewhere().seal?.('text')).toBe(seal);
    expect(await rail.seal?.('text!')).not.toBe(seal);
    expect(await bench.stranger().seal?.('text')).not.toBe(seal);
    for (const secret of bench.secrets()) expect(seal).not.toContain(secret);
    return expect(bench.line.requests).toEqual([]);
  });

  test('a balance is what is there, to the last digit', async () => {
    const { rail } = bench;
    if (!kind.has.includes('balance')) return expect(rail.balance).toBeUndefined();
    rail.terms(bench.card, {});
    const has = async () => {
      const found = (await rail.balance?.())?.find(({ currency: { code } }) => code === currency);
      expect(found?.currency).toEqual({ code: currency, decimals });
      return toAtomic(found?.amount, decimals);
    };
    const before = await has();
    const { held, answer } = await delivered();
    await rail.release(held, { answer });
    expect(before - (await has())).toBe(toAtomic(addAmounts(held.amount, held.fee), decimals));
    return expect(before).toBeGreaterThan(0n);
  });
});
