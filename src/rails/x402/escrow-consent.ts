import type { JSONObject } from '@ai-sdk/provider';
import type { EscrowNotes } from './escrow-notes';
import type { X402LifecycleRequest } from './escrow-relay';
import { chainIdOf, type PaymentInfo } from './payment-info';
import type { PaymentState } from './payment-state';
import type { TypedDataSigner } from './x402-payer';

/** The payer's signed consent that `amount` is paid to the payee, and the rest refunded. */
export async function consentToCapture(
  account: TypedDataSigner,
  payment: ConsentedPayment,
  { amount, held, paid }: { amount: bigint; held: bigint; paid: bigint },
): Promise<X402LifecycleRequest> {
  const { hash, info } = payment.escrow;
  const feeAmount = (amount * BigInt(info.minFeeBps)) / 10_000n;
  const { feeReceiver } = info;
  const authorizerSignature = await account.signTypedData({
    domain: domainOf(payment),
    types: { Capture: CAPTURE },
    primaryType: 'Capture',
    message: {
      paymentInfoHash: hash,
      amount,
      feeAmount,
      feeReceiver,
      expectedCapturableAmount: held,
      expectedRefundableAmount: paid,
    },
  });
  const rest = amount < held && { voidAuthorizerSignature: await signVoid(account, payment) };
  return requestFor(payment, {
    type: 'capture',
    amount: String(amount),
    feeAmount: String(feeAmount),
    feeReceiver,
    expectedCapturableAmount: String(held),
    expectedRefundableAmount: String(paid),
    authorizerSignature,
    ...rest,
  });
}

/** The payer's signed consent that the escrowed amount is refunded. */
export async function consentToVoid(
  account: TypedDataSigner,
  payment: ConsentedPayment,
): Promise<X402LifecycleRequest> {
  const authorizerSignature = await signVoid(account, payment);
  return requestFor(payment, { type: 'void', authorizerSignature });
}

export interface ConsentedPayment {
  state: PaymentState;
  escrow: EscrowNotes;
  consent: NonNullable<EscrowNotes['consent']>;
}

const CAPTURE = [
  { name: 'paymentInfoHash', type: 'bytes32' },
  { name: 'amount', type: 'uint256' },
  { name: 'feeAmount', type: 'uint256' },
  { name: 'feeReceiver', type: 'address' },
  { name: 'expectedCapturableAmount', type: 'uint256' },
  { name: 'expectedRefundableAmount', type: 'uint256' },
];

function signVoid(account: TypedDataSigner, payment: ConsentedPayment): Promise<string> {
  return account.signTypedData({
    domain: domainOf(payment),
    types: { Void: [{ name: 'paymentInfoHash', type: 'bytes32' }] },
    primaryType: 'Void',
    message: { paymentInfoHash: payment.escrow.hash },
  });
}

function domainOf({ escrow, state }: ConsentedPayment) {
  return {
    name: 'x402 Auth Capture Operator',
    version: '1',
    chainId: chainIdOf(state.network),
    verifyingContract: escrow.info.operator,
  };
}

function requestFor(
  { consent, escrow, state }: ConsentedPayment,
  lifecycle: JSONObject,
): X402LifecycleRequest {
  const { info } = escrow;
  const accepted = requirementsOf({ consent, escrow, state });
  const { saltNonce } = consent;
  const payload = { ...lifecycle, paymentInfo: infoFor(info), saltNonce };
  return {
    x402Version: 2,
    paymentPayload: { x402Version: 2, accepted, payload },
    paymentRequirements: accepted,
  };
}

function infoFor(info: PaymentInfo): JSONObject {
  return { ...info };
}

/** The offer in the form that a facilitator compares. */
function requirementsOf({ consent, escrow, state }: ConsentedPayment): JSONObject {
  const { info } = escrow;
  const { maxTimeoutSeconds, operatorType } = consent;
  return {
    scheme: 'auth-capture',
    network: state.network,
    amount: info.maxAmount,
    asset: info.token,
    payTo: info.receiver,
    maxTimeoutSeconds,
    extra: {
      ...state.domain,
      authCaptureEscrow: escrow.address,
      captureAuthorizer: info.operator,
      receiverAuthorizer: info.payer,
      ...(operatorType !== undefined && { operatorType }),
      paymentFlow: 'escrow',
      captureDeadline: info.authorizationExpiry,
      refundDeadline: info.refundExpiry,
      feeRecipient: info.feeReceiver,
      minFeeBps: info.minFeeBps,
      maxFeeBps: info.maxFeeBps,
      assetTransferMethod: 'eip3009',
    },
  };
}
