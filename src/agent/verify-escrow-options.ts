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

/** The fields of an A2A message that the verification reads. */
export type PaidMessage = Pick<Message, 'messageId' | 'taskId' | 'metadata'>;

export interface VerifyEscrowOptions {
  /** The agent's own exchange. No other exchange is requested, whatever a message names. */
  exchangeUrl: string;
  /** The agent's own API key on the exchange. */
  apiKey: string;
  /** The agent's own account id on the exchange. */
  accountId: string;
  /** Whole tokens, excluding the fee. */
  price: number | ((message: PaidMessage) => number);
  fetch?: typeof globalThis.fetch | undefined;
  /**
   * The client's account on the exchange, if you know your clients: an escrow of another account is refused,
   * and so is every escrow if this returns undefined. Default: any payer is accepted.
   */
  requester?:
    | ((message: PaidMessage) => Promise<string | undefined> | string | undefined)
    | undefined;
  /** The minimum remaining time of an escrow, in milliseconds. Default: 0. */
  minLeftMs?: number | undefined;
  /** Default: 15 seconds, because authentication on an exchange can be slow. */
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
      'must be a whole number of tokens >= 0, or a function that returns one',
    ),
    fetch: functionOf<typeof globalThis.fetch>(),
    requester: functionOf<Exclude<VerifyEscrowOptions['requester'], undefined>>(),
    minLeftMs: milliseconds,
    timeoutMs: number('a number of milliseconds > 0', (value) => value > 0),
    bindings: having<EscrowBindings>('bindings such as storedEscrowBindings(storage)', 'bind'),
    now: functionOf<() => Date>(),
  } satisfies ShapeOf<VerifyEscrowOptions>;
}

export const exchangeAccountShape = () => ({ exchangeUrl: text, apiKey: text, accountId: text });

export const requiredOfExchange = ['exchangeUrl', 'apiKey', 'accountId'] as const;
