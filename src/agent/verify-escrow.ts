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

/** The reason why an escrow was refused. */
export type EscrowRefusal =
  /** The message names no escrow. */
  | 'missing'
  /** The message names an exchange other than the agent's. */
  | 'wrong-exchange'
  | 'not-found'
  /** Released, refunded, disputed, or in any state other than held. */
  | 'not-held'
  /** Held but expired: the exchange no longer releases it. */
  | 'expired'
  /** Held, but it expires before `minLeftMs`. */
  | 'expires-soon'
  /** Held for another payee. */
  | 'wrong-payee'
  /** Held by an account other than the client's. */
  | 'wrong-requester'
  /** The amount is less than the price. */
  | 'too-little'
  /** The escrow already pays for another task. */
  | 'already-used'
  /** The exchange or the `bindings` could not be reached. */
  | 'unverifiable';

export type EscrowVerdict =
  | { verified: true; escrow: Escrow }
  | {
      verified: false;
      reason: EscrowRefusal;
      /** Describes the problem; safe to send to the client. */
      message: string;
      error?: SettlementError;
    };

/**
 * Creates the check that an agent must make before it works (a2a-se, Provider duties): the escrow that a
 * message names exists on the agent's own exchange, is held for this agent for at least the price, has not
 * expired, and pays for no other task. No other payment data of the message is trusted.
 *
 * The returned function binds a valid escrow to the message's task. It throws only what `price` and
 * `requester` throw.
 *
 * @throws InvalidArgumentError naming each unknown or invalid option.
 * @throws SettlementError `NOT_CONFIGURED` for an `exchangeUrl` that the key must not be sent to.
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
  // Validates the URL when the agent starts, not with its first message.
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
      return refuse(
        'wrong-exchange',
        'The escrow is on an exchange that this agent does not accept.',
      );
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
    // An exchange may report an expired escrow as held until its next sweep.
    if (escrow.expiresAt <= now()) {
      return refuse('expired', 'The escrow has expired.');
    }
    if (!(escrow.expiresAt.getTime() - now().getTime() >= minLeftMs)) {
      const seconds = Math.ceil(minLeftMs / 1000);
      return refuse('expires-soon', `The escrow must be held for ${seconds} more seconds.`);
    }
    if (requester !== undefined && (await requester(message)) !== escrow.requesterId) {
      return refuse('wrong-requester', 'The escrow is held by another account than the client’s.');
    }
    const asked = typeof price === 'function' ? price(message) : price;
    // Not "less than": a comparison with NaN is always false.
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
      return refuse('already-used', 'The escrow already pays for another task.');
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
    ? { ...refuse('not-found', 'The exchange has no escrow with this id.'), error }
    : { ...refuse('unverifiable', 'The exchange could not confirm the escrow.'), error };
}
