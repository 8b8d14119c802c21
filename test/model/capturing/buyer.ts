import { AsyncLocalStorage } from 'node:async_hooks';
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { nevermined } from '../../../src/rails/nevermined';
import { x402 } from '../../../src/rails/x402';
import {
  createA2A,
  createSettlement,
  type Settlement,
  type SettlementReceipt,
} from '../../../src/index';
import type { SettlementEventName } from '../../../src/settlement/state/settlement-events';
import { toAtomic } from '../../../src/internal/decimal';
import { clock, withSkew } from '../clock';
import { Mortal, never } from '../mortal';
import { Disk } from '../mortal-storage';
import { Violation } from '../violation';
import { assertSecret } from './assert-secret';
import { payer, type Chain } from './chain';
import type { Credits } from './credits';
import { limitsOf } from './limits';
import type { Line } from './line';
import type { Payment, Purchase } from './purchase';
import type { Market } from './sale';
import { agentId, payees, type Seller } from './seller';
import { sellerModel } from './seller-model';

/** What a process said of a payment. */
export interface Told {
  id: string;
  name: SettlementEventName;
  receipt: SettlementReceipt;
  at: number;
}

/** The world that processes share. */
export interface World {
  market: Market;
  chain: Chain;
  credits: Credits;
  line: Line;
  sellers: Seller[];
  /** Of all processes, in the order in which they were signed. */
  payments: Payment[];
  shared: Disk;
}

/** The call that code runs for. */
export const callOf = new AsyncLocalStorage<Purchase>();

/** A settlement with both rails whose agents capture, in a process that may die and has a clock of its own. */
export class Buyer extends Mortal {
  readonly settlement: Settlement;
  readonly disk: Disk;
  readonly told: Told[] = [];
  readonly provider: { languageModel: (id: string) => LanguageModelV4 };
  readonly skewMs: number;
  /** Is told that something was signed, or minted. */
  onSigned: (call: Purchase | undefined) => void = () => {};
  private readonly known;
  private readonly world: World;
  private readonly pending = new Set<Promise<unknown>>();

  constructor(world: World, { skewMs }: { skewMs: number }) {
    super();
    const { line, market, sellers } = world;
    this.world = world;
    this.skewMs = skewMs;
    this.disk = market.journal === 'own memory' ? new Disk(market.seed) : world.shared;
    const agents = Object.fromEntries(sellers.map(({ id }) => [id, { url: `http://${id}.test/` }]));
    const a2a = createA2A({ agents, conversation: 'unsealed' });
    this.known = new Map(sellers.map(({ id }) => [id, a2a(id)]));
    this.provider = {
      languageModel: (id) => {
        const seller = sellers.find((one) => one.id === id);
        if (seller === undefined) throw new Error('no such model');
        return sellerModel(seller, this.knows(seller.id));
      },
    };
    const coin = x402({
      client: { createPaymentPayload: (required: never) => this.sign(required) },
      ...(market.hasLedger && {
        ledger: {
          request: ({ method, params }) =>
            line.ask(
              this,
              () => world.chain.answer(method, Array.isArray(params) ? params : [], line.lagMs),
              () => 'rubbish',
            ),
        },
      }),
      ...(market.cancels && {
        cancel: ({ nonce }) =>
          line.ask(
            this,
            () => world.chain.cancel(nonce),
            () => undefined,
          ),
      }),
    });
    const plan = nevermined({
      apiKey: 'secret-key',
      environment: 'custom',
      backendUrl: 'https://nevermined.test',
      delegation: {
        spendingLimitCents: 1000,
        durationSecs: market.validSeconds,
        currency: 'usdc',
      },
      tokenVersion: market.tokenVersion,
      resourceUrl: 'http://plan.test/',
      fetch: (input, init) => {
        const request = new Request(input, init);
        if (request.url.endsWith('/permissions')) this.onSigned(callOf.getStore());
        return line.ask(
          this,
          () => world.credits.answer(request),
          () => new Response('<html>'),
        );
      },
    });
    this.settlement = this.run(() =>
      createSettlement({
        rails: market.isNeverminedFirst ? [plan, coin] : [coin, plan],
        limits: limitsOf(market),
        ...(market.hasList && { allow: { payees: [payees.own.toLowerCase(), agentId] } }),
        approve: ({ amount, currency, payee }) => {
          const call = callOf.getStore();
          if (call?.sale.approves !== true || payee === payees.stranger) return false;
          call.approved.push({ amount: String(amount), currency, payee });
          return true;
        },
        verify: ({ text }) => text !== 'rubbish',
        retry: { attempts: 4 },
        journal: { writeAhead: market.writeAhead, storage: this.storage() },
        waitUntil: (promise) => {
          this.pending.add(promise);
          const done = () => this.pending.delete(promise);
          promise.then(done, done);
        },
      }),
    );
    for (const name of eventNames) {
      this.settlement.on(name, (event) => {
        assertSecret(event, name);
        const { receipt } = event;
        if (!this.isAlive || receipt.escrowId === undefined) return;
        if (name === 'held') this.noteHeld(receipt);
        this.told.push({ id: receipt.escrowId, name, receipt, at: clock.now() });
      });
    }
  }

  /** Runs code by this process's clock. */
  run<T>(code: () => T): T {
    return withSkew(this.skewMs, code);
  }

  knows(id: string) {
    const known = this.known.get(id as Seller['id']);
    if (known === undefined) throw new Error(`Nobody knows ${id}`);
    return known;
  }

  override async rest(): Promise<void> {
    while (this.isAlive && this.pending.size > 0) {
      await Promise.race([Promise.allSettled(this.pending), this.died]);
    }
  }

  /** What it thinks is written. */
  async written(): Promise<void> {
    while (this.isAlive && this.writing > 0) await clock.sleep(1);
  }

  private storage() {
    const { journal } = this.world.market;
    const storage = journal === 'atomic' ? this.disk.mountAtomic(this) : this.disk.mount(this);
    return {
      ...storage,
      setItem: (key: string, value: string) => {
        assertSecret(value, `the journal's ${key}`);
        return storage.setItem(key, value);
      },
    };
  }

  /** As a client of x402 does. */
  private async sign(required: never): Promise<unknown> {
    if (!this.isAlive) return never();
    const { accepts } = required as {
      accepts: [
        Record<'scheme' | 'amount' | 'asset' | 'payTo', string> & { maxTimeoutSeconds: number },
      ];
    };
    const [accepted] = accepts;
    const { amount: value, asset, maxTimeoutSeconds, payTo, scheme } = accepted;
    const isPermit = scheme === 'upto';
    const id = crypto.randomUUID().replaceAll('-', '');
    const nonce = isPermit ? String(BigInt(`0x${id}`)) : `0x${id}${id}`;
    const validBefore = Math.floor(Date.now() / 1000) + maxTimeoutSeconds;
    const transfer = { nonce, payTo, value: BigInt(value), validBefore };
    this.world.chain.sign({ ...transfer, method: isPermit ? 'permit2' : 'eip3009' });
    this.note({
      rail: 'x402',
      id: nonce,
      payee: payTo,
      amount: BigInt(value),
      currency: 'USDC',
      overAt: validBefore * 1000,
    });
    this.onSigned(callOf.getStore());
    await clock.sleep(1);
    const common = { from: payer, nonce };
    const signature = `secret-${id}`;
    const payload = isPermit
      ? {
          signature,
          permit2Authorization: {
            ...common,
            permitted: { token: asset, amount: value },
            deadline: String(validBefore),
            witness: { to: payTo },
          },
        }
      : {
          signature,
          authorization: { ...common, to: payTo, value, validBefore: String(validBefore) },
        };
    return { x402Version: 2, accepted, payload };
  }

  private noteHeld({
    amount,
    currency = '',
    escrowId = '',
    expiresAt = '',
    payee = '',
  }: SettlementReceipt) {
    if (currency !== 'credits') return;
    this.note({
      rail: 'nevermined',
      id: escrowId,
      payee,
      amount: toAtomic(amount, 0),
      currency,
      overAt: new Date(expiresAt).getTime() - this.skewMs,
    });
  }

  private note(signed: Pick<Payment, 'rail' | 'id' | 'payee' | 'amount' | 'currency' | 'overAt'>) {
    const call = callOf.getStore();
    if (call === undefined) throw new Violation('something was signed for no call');
    const payment: Payment = {
      ...signed,
      call,
      at: clock.now(),
      isShown: false,
      taken: [],
      said: [],
      saidOfTask: [],
    };
    call.payments.push(payment);
    this.world.payments.push(payment);
  }
}

const eventNames: SettlementEventName[] = [
  'held',
  'released',
  'refunded',
  'kept',
  'taken',
  'overcharged',
  'disputed',
  'error',
  'unsettled',
  'unresolved',
];
