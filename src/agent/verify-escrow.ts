import { assertOptions, optionsOf } from '../internal/option-schemas';
import {
  canonicalExchangeUrl,
  type Escrow,
  exchangeBaseUrl,
  readSettlementMetadata,
} from '../rails/exchange/schemas';
import { SettlementError } from '../rails/rail';
import { memoryEscrowBindings } from './escrow-bindings';
import { fetchEscrow } from './fetch-escrow';
import {
  type PaidMessage,
  requiredOfExchange,
  type VerifyEscrowOptions,
  verifyEscrowShape,
} from './verify-escrow-options';

/** Why an escrow is no reason to work. */
export type EscrowRefusal =
  /** The message names no escrow. */
  | 'missing'
  /** The message names another exchange than the agent's own. */
  | 'wrong-exchange'
  | 'not-found'
  /** Released, refunded, disputed, or in any other state than held. */
  | 'not-held'
  /** Held, but its time is over: the exchange will not release it any more. */
  | 'expired'
  /** Held, but not as long as the work may take. */
  | 'expires-soon'
  /** Held for someone else. */
  | 'wrong-payee'
  /** Held by another account than the caller's. */
  | 'wrong-requester'
  /** Less is held than the price. */
  | 'too-little'
  /** The escrow pays for another task already. */
  | 'already-used'
  /** The exchange, or the `bindings`, could not be asked. */
  | 'unverifiable';

export type EscrowVerdict =
  | { verified: true; escrow: Escrow }
  | {
      verified: false;
      reason: EscrowRefusal;
      /** Says what is wrong, fit to be sent to the caller. */
      message: string;
      error?: SettlementError;
    };

/**
 * Makes the check an agent owes itself before it works (a2a-se, Provider duties): the escrow a
 * message names exists on the agent's own exchange, is held, for this agent, for at least the price,
 * has not lapsed, and pays for no other task. Nothing else of the message is believed.
 *
 * The returned function throws what `price` and `requester` throw, and nothing else; it binds a good escrow to the
 * message's task.
 *
 * @throws InvalidArgumentError naming each option that does not exist, or is not what it should be.
 * @throws SettlementError `NOT_CONFIGURED` for an `exchangeUrl` that the key may not be sent to.
 *
 * @example
 * ```ts
 * const verify = verifyEscrow({ exchangeUrl, apiKey, accountId, price: 10 });
 * const verdict = await verify(requestContext.userMessage);
 * if (!verdict.verified) reject(verdict.message);
 * ```
 */
export function verifyEscrow(
  options: VerifyEscrowOptions,
): (message: PaidMessage) => Promise<EscrowVerdict> {
  const required = [...requiredOfExchange, 'price' as const];
  const schema = optionsOf<VerifyEscrowOptions>(verifyEscrowShape(), required);
  assertOptions(schema, options, { before: 'verifyEscrow: ' });
  const {
    exchangeUrl,
    apiKey,
    accountId,
    price,
    requester,
    minLeftMs = 0,
    fetch = globalThis.fetch,
    timeoutMs = 15_000,
    now = () => new Date(),
    bindings = memoryEscrowBindings(now),
  } = options;
  // Found out when the agent starts, and not at its first message.
  exchangeBaseUrl(exchangeUrl);
  return async (message) => {
    const claim = readSettlementMetadata(message.metadata);
    if (claim === undefined) {
      return refuse('missing', 'The message names no escrow.');
    }
    if (
      claim.exchangeUrl !== undefined &&
      canonicalExchangeUrl(claim.exchangeUrl) !== canonicalExchangeUrl(exchangeUrl)
    ) {
      return refuse('wrong-exchange', 'The escrow is on an exchange this agent does not accept.');
    }

    let escrow: Escrow;
    try {
      escrow = await fetchEscrow({
        exchangeUrl,
        apiKey,
        escrowId: claim.escrowId,
        fetch,
        timeoutMs,
      });
    } catch (error) {
      return refuseUnread(error);
    }

    if (escrow.providerId !== accountId) {
      return refuse('wrong-payee', 'The escrow is held for another account.');
    }
    if (escrow.status !== 'held') {
      return refuse('not-held', `The escrow is ${escrow.status}, not held.`);
    }
    // An exchange may call a lapsed escrow held until its next sweep.
    if (escrow.expiresAt <= now()) {
      return refuse('expired', 'The escrow has expired.');
    }
    if (!(escrow.expiresAt.getTime() - now().getTime() >= minLeftMs)) {
      const seconds = Math.ceil(minLeftMs / 1000);
      return refuse('expires-soon', `The escrow must be held for ${seconds} more seconds.`);
    }
    if (requester !== undefined && (await requester(message)) !== escrow.requesterId) {
      return refuse('wrong-requester', 'The escrow is not the caller’s own.');
    }
    const asked = typeof price === 'function' ? price(message) : price;
    // Not "less than": nothing is less than a price that is no number.
    if (!(escrow.amount >= asked)) {
      return refuse(
        'too-little',
        `The escrow holds ${escrow.amount} tokens; the price is ${asked}.`,
      );
    }

    const taskId = message.taskId || message.messageId;
    let bound: string;
    try {
      bound = await bindings.bind(escrow.escrowId, taskId, escrow.expiresAt);
    } catch (error) {
      return refuseUnread(error);
    }
    if (bound !== taskId) {
      return refuse('already-used', 'The escrow pays for another task already.');
    }
    return { verified: true, escrow };
  };
}

function refuse(reason: EscrowRefusal, message: string) {
  return { verified: false as const, reason, message };
}

function refuseUnread(error: unknown): EscrowVerdict {
  if (!SettlementError.isInstance(error)) {
    return refuse('unverifiable', 'The escrow could not be verified.');
  }
  return error.code === 'NOT_FOUND'
    ? { ...refuse('not-found', 'The exchange knows no such escrow.'), error }
    : { ...refuse('unverifiable', 'The exchange could not confirm the escrow.'), error };
}
