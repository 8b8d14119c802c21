import { createHash } from 'node:crypto';
import type { JSONObject } from '@ai-sdk/provider';
import type { AcceptedPayment, PaymentClaim, PaymentVerdict, Sale } from '../../../src/agent';
import { clock } from '../clock';
import { type Mortal, never } from '../mortal';
import { Violation } from '../violation';
import type { Visit } from './visit';

/** A payment that a caller has signed, and what became of it. */
export interface Coin {
  id: string;
  kind: Visit['kind'];
  /** As its payment is taken. */
  fails: 'before' | 'after' | undefined;
  /** It is locked a while after nobody has said so. */
  isSlow: boolean;
  /** The first time that it is to be given back. */
  isAway: boolean;
  /** It was to be given back once, and could not be. */
  wasAway: boolean;
  state: 'free' | 'locked' | 'taken' | 'void';
}

/** The ledger of all payments. */
export class Till {
  readonly coins = new Map<string, Coin>();

  add({
    isAway,
    isSlow,
    kind,
    settling,
  }: Pick<Visit, 'isAway' | 'isSlow' | 'kind' | 'settling'>): Coin {
    const id = `coin-${this.coins.size + 1}`;
    const fails =
      settling === 'well' ? undefined : settling === 'fails before' ? 'before' : 'after';
    const coin: Coin = { id, kind, fails, isSlow, isAway, wasAway: false, state: 'free' };
    this.coins.set(id, coin);
    return coin;
  }

  /** What stands for a coin in the books. */
  saleOf(id: string): string {
    return createHash('sha256')
      .update(JSON.stringify(['coins', id]))
      .digest('hex')
      .slice(0, 32);
  }

  /** How a machine takes them. */
  acceptedBy(machine: Mortal): AcceptedPayment {
    const ask = async <T>(answer: () => T): Promise<T> => {
      if (!machine.isAlive) return never();
      await clock.sleep(Math.floor(Math.random() * 12));
      if (!machine.isAlive) return never();
      const said = answer();
      await clock.sleep(Math.floor(Math.random() * 6));
      return machine.isAlive ? said : never();
    };
    const claimOf = (coin: Coin | undefined, isLocked: boolean): PaymentClaim => ({
      id: coin?.id ?? 'none',
      expiresAt: new Date(clock.now() + 3_600_000),
      verify: async ({ beforeLock } = {}) => {
        if (coin?.kind === 'locked' && !isLocked) {
          const expiresAt = new Date(clock.now() + 60_000);
          await beforeLock?.({ storedPayment: { coin: coin.id }, expiresAt });
        }
        return ask((): PaymentVerdict => {
          if (coin === undefined) return { verified: false, reason: 'forged', message: 'Forged.' };
          if (isLocked) {
            if (coin.state === 'locked') return { verified: true, sale: saleOf(coin) };
            return { verified: false, reason: 'gone', message: 'Gone.' };
          }
          if (coin.state !== 'free') {
            return { verified: false, reason: 'spent', message: 'Spent.' };
          }
          if (coin.kind === 'locked' && coin.isSlow) {
            void clock.sleep(50).then(() => {
              if (coin.state === 'free') coin.state = 'locked';
            });
            return { verified: false, reason: 'slow', message: 'Slow.', mayBeLocked: true };
          }
          if (coin.kind === 'locked') coin.state = 'locked';
          return { verified: true, sale: saleOf(coin) };
        });
      },
    });
    const saleOf = (coin: Coin): Sale => {
      const needed = coin.kind === 'locked' ? 'locked' : 'free';
      return {
        amount: 1,
        currency: 'coins',
        mayStream: coin.kind === 'locked',
        storedPayment: { coin: coin.id },
        settle: () =>
          ask(() => {
            if (coin.fails === 'before') {
              coin.fails = undefined;
              return { status: 'unsettled' as const };
            }
            // A ledger takes nothing twice; what is locked may be asked for again.
            if (coin.state === 'taken' && coin.kind === 'exact') {
              throw new Violation(`${coin.id} is taken twice`);
            }
            if (coin.state !== needed) return { status: 'unsettled' as const };
            coin.state = 'taken';
            return { status: coin.fails === 'after' ? 'unsettled' : 'settled', amount: 1 } as const;
          }),
        refund: () =>
          ask(() => {
            if (coin.isAway) {
              coin.isAway = false;
              coin.wasAway = true;
              return { status: 'unsettled' as const };
            }
            if (coin.state !== 'locked') return undefined;
            coin.state = 'void';
            return { status: 'settled' as const, amount: 0 };
          }),
      };
    };
    const named = (value: unknown) =>
      typeof value === 'string' ? (this.coins.get(value) ?? undefined) : undefined;
    return {
      rail: 'coins',
      extensions: () => [
        { uri: 'urn:test:coins', description: '', required: false, params: undefined },
      ],
      offers: async () => [{ scheme: 'coin' }],
      read({ message }) {
        const value: unknown = message.metadata?.['coin'];
        return value === undefined ? undefined : claimOf(named(value), false);
      },
      recall(storedPayment: JSONObject) {
        const coin = named(storedPayment['coin']);
        return claimOf(coin, coin?.kind === 'locked');
      },
    };
  }
}
