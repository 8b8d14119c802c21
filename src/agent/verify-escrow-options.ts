import type { Message } from '@a2a-js/sdk';
import * as z from 'zod/v4';
import {
  functionOf,
  having,
  milliseconds,
  number,
  type ShapeOf,
  text,
} from '../internal/option-schemas';
import type { EscrowBindings } from './escrow-bindings';

/** As much of an A2A message as the verification reads. */
export type PaidMessage = Pick<Message, 'messageId' | 'taskId' | 'metadata'>;

export interface VerifyEscrowOptions {
  /** The agent's own exchange. No other is ever asked, whatever a message says. */
  exchangeUrl: string;
  /** The agent's own key there. */
  apiKey: string;
  /** The agent's own account there. */
  accountId: string;
  /** Whole tokens, without the fee. */
  price: number | ((message: PaidMessage) => number);
  fetch?: typeof globalThis.fetch | undefined;
  /**
   * The account that a caller has on the exchange, where you know your callers: an escrow of any other,
   * and of a caller without one, is refused. Default: whoever pays is welcome.
   */
  requester?:
    | ((message: PaidMessage) => Promise<string | undefined> | string | undefined)
    | undefined;
  /** The least time that an escrow must still be held for, in milliseconds. Default: 0. */
  minLeftMs?: number | undefined;
  /** Default: 15 seconds; exchanges can be slow to authenticate. */
  timeoutMs?: number | undefined;
  /** Default: this process's memory. */
  bindings?: EscrowBindings | undefined;
  now?: (() => Date) | undefined;
}

export function verifyEscrowShape() {
  return {
    ...exchangeAccountShape(),
    price: z.custom<VerifyEscrowOptions['price']>(
      (value) => typeof value === 'function' || (Number.isInteger(value) && Number(value) >= 0),
      'must be a whole number of tokens from 0, or a function that returns one',
    ),
    fetch: functionOf<typeof globalThis.fetch>(),
    requester: functionOf<Exclude<VerifyEscrowOptions['requester'], undefined>>(),
    minLeftMs: milliseconds,
    timeoutMs: number('a number of milliseconds above 0', (value) => value > 0),
    bindings: having<EscrowBindings>('bindings such as storedEscrowBindings(storage)', 'bind'),
    now: functionOf<() => Date>(),
  } satisfies ShapeOf<VerifyEscrowOptions>;
}

export const exchangeAccountShape = () => ({ exchangeUrl: text, apiKey: text, accountId: text });

export const requiredOfExchange = ['exchangeUrl', 'apiKey', 'accountId'] as const;
