import * as z from 'zod/v4';
import { SettlementError } from '../rail';
import type { X402AuthCapture } from './auth-capture-options';
import { ZERO_ADDRESS } from './payment-info';
import { address, isSameAddress, type X402Requirements } from './schemas';

/** The escrow terms of an `auth-capture` offer, after they were compared with the configuration. */
export interface EscrowTerms {
  operator: string;
  receiverAuthorizer: string;
  /**
   * Whether the chain captures and voids only with the payer's signature: the payer is the authorizer, and the
   * operator is a contract that is known to require it. Otherwise the seller captures.
   */
  isPayers: boolean;
  captureDeadline: number;
  refundDeadline: number;
  feeRecipient: string;
  minFeeBps: number;
  maxFeeBps: number;
  operatorType: string | undefined;
  /** Of the token's EIP-712 domain. */
  domain: { name: string; version: string };
}

const seconds = z
  .int()
  .positive()
  .max(2 ** 48 - 1);
const basisPoints = z.int().min(0).max(10_000);

const extraSchema = z.looseObject({
  name: z.string().min(1).max(200),
  version: z.string().min(1).max(50),
  authCaptureEscrow: address.optional(),
  captureAuthorizer: address,
  receiverAuthorizer: address.nullish(),
  policy: address.nullish(),
  captureDeadline: seconds,
  refundDeadline: seconds,
  feeRecipient: address,
  minFeeBps: basisPoints,
  maxFeeBps: basisPoints,
  operatorType: z.string().max(50).optional(),
  paymentFlow: z.literal('escrow').optional(),
  assetTransferMethod: z.literal('eip3009').optional(),
});

/** Returns an error for an offer that must not be signed. */
export function readEscrowTerms(
  { extra, maxTimeoutSeconds }: X402Requirements,
  {
    known,
    now,
    version,
  }: {
    /** Undefined if no escrow is configured. */
    known: { authCapture: X402AuthCapture; payer: string } | undefined;
    now: number;
    version: 1 | 2;
  },
): EscrowTerms | SettlementError {
  if (known === undefined) {
    return refuse(
      'NOT_CONFIGURED',
      'no escrow is configured. If you trust the escrow and its collector, set `authCapture` of `x402`',
    );
  }
  const { authCapture, payer } = known;
  const parsed = extraSchema.safeParse(extra).data;
  if (parsed === undefined || version !== 2) {
    return refuse('VALIDATION', 'its `auth-capture` fields are missing or not supported');
  }
  const { authCaptureEscrow, captureAuthorizer: operator, policy, ...terms } = parsed;
  if (authCaptureEscrow !== undefined && !isSameAddress(authCaptureEscrow, authCapture.escrow)) {
    return refuse(
      'NOT_CONFIGURED',
      `it names the escrow ${authCaptureEscrow}, which is not the \`authCapture.escrow\` of \`x402\``,
    );
  }
  const { captureDeadline, refundDeadline, minFeeBps, maxFeeBps } = terms;
  const start = Math.floor(now / 1000);
  if (
    captureDeadline < start + maxTimeoutSeconds ||
    refundDeadline < captureDeadline ||
    minFeeBps > maxFeeBps
  ) {
    return refuse('VALIDATION', 'its deadlines or fees contradict each other');
  }
  const most = authCapture.maxHoldSeconds ?? DEFAULT_HOLD_SECONDS;
  if (captureDeadline > start + most) {
    return refuse(
      'LIMIT_EXCEEDED',
      `it holds the payment for longer than the ${most} seconds of \`authCapture.maxHoldSeconds\``,
    );
  }
  const receiverAuthorizer = terms.receiverAuthorizer ?? ZERO_ADDRESS;
  const isPayers = isSameAddress(receiverAuthorizer, payer);
  const problem = isPayers ? lacking(authCapture, operator) : undefined;
  if (problem !== undefined) return refuse('NOT_CONFIGURED', problem);
  // Salts that name a policy are bound to it. This package supports no policy.
  if ((policy ?? ZERO_ADDRESS) !== ZERO_ADDRESS)
    return refuse('VALIDATION', 'it names a policy, which is not supported');
  const { feeRecipient, name, operatorType, version: domainVersion } = terms;
  return {
    operator,
    receiverAuthorizer,
    isPayers,
    captureDeadline,
    refundDeadline,
    feeRecipient,
    minFeeBps,
    maxFeeBps,
    operatorType,
    domain: { name, version: domainVersion },
  };
}

/** A week. */
const DEFAULT_HOLD_SECONDS = 604_800;

/** An operator that does not require the signature captures without it, whatever the offer says. */
function lacking({ operators = [], relay }: X402AuthCapture, operator: string) {
  if (!operators.some((known) => isSameAddress(known, operator))) {
    return `it requires consent of the payer to captures, but its operator ${operator} is not known to enforce that on the chain. If it does, add it to \`authCapture.operators\` of \`x402\``;
  }
  return relay === undefined
    ? 'it requires consent of the payer to captures, but no relay is configured. Set `authCapture.relay` of `x402`'
    : undefined;
}

function refuse(
  code: 'NOT_CONFIGURED' | 'VALIDATION' | 'LIMIT_EXCEEDED',
  problem: string,
): SettlementError {
  return new SettlementError({
    code,
    message: `The agent's offer of \`auth-capture\` was not signed: ${problem}.`,
    isDispatched: false,
  });
}
