import type {
  PaymentPayload,
  PaymentRequirements,
  SchemeNetworkFacilitator,
} from '@x402/core/types';
import { type Address, type Hex, zeroAddress } from 'viem';
import { type Chain, NETWORK, USDC } from './chain';
import { escrowAbi, type EscrowContracts, operatorAbi } from './escrow-contracts';

/** As arguments of the contracts. */
export interface Info {
  operator: Address;
  payer: Address;
  receiver: Address;
  token: Address;
  maxAmount: string;
  preApprovalExpiry: number;
  authorizationExpiry: number;
  refundExpiry: number;
  minFeeBps: number;
  maxFeeBps: number;
  feeReceiver: Address;
  salt: Hex;
}

/** What an offer and what was signed for it make up together, as any facilitator reconstructs it. */
export function infoOf(payment: PaymentPayload, offer: PaymentRequirements): Info {
  const { authorization, salt } = payment.payload as {
    authorization: { from: Address; validBefore: string };
    salt: Hex;
  };
  const extra = offer.extra as {
    captureAuthorizer: Address;
    captureDeadline: number;
    refundDeadline: number;
    minFeeBps: number;
    maxFeeBps: number;
    feeRecipient: Address;
  };
  return {
    operator: extra.captureAuthorizer,
    payer: authorization.from,
    receiver: offer.payTo as Address,
    token: offer.asset as Address,
    maxAmount: offer.amount,
    preApprovalExpiry: Number(authorization.validBefore),
    authorizationExpiry: extra.captureDeadline,
    refundExpiry: extra.refundDeadline,
    minFeeBps: extra.minFeeBps,
    maxFeeBps: extra.maxFeeBps,
    feeReceiver: extra.feeRecipient,
    salt,
  };
}

interface Call {
  address: Address;
  abi: typeof escrowAbi;
  functionName: string;
  args: unknown[];
}

/**
 * `auth-capture` for `x402Facilitator`, which the packages of x402 lack: it collects what a payer signed, and
 * brings captures and voids on the chain for whoever shows the authorizer's signature. It checks nothing
 * itself: it simulates, and the contracts refuse.
 */
export async function createEscrowFacilitator(
  chain: Chain,
  { collector, escrow, operator }: EscrowContracts,
) {
  const account = await chain.newAccount({ gas: true, usdc: '10' });
  const wallet = chain.walletOf(account);

  /** To the contract that asks for signatures, or, where this facilitator is the operator, to the escrow. */
  const collecting = (payment: PaymentPayload, offer: PaymentRequirements): Call => {
    const info = infoOf(payment, offer);
    const { saltNonce, signature } = payment.payload as { saltNonce?: Hex; signature: Hex };
    const args = [info, offer.amount, collector, signature];
    if (info.operator === account.address) {
      return { address: escrow, abi: escrowAbi, functionName: 'authorize', args };
    }
    const bound = [offer.extra['receiverAuthorizer'], zeroAddress, saltNonce];
    return operating('authorize', [...args, ...bound]);
  };

  const operating = (functionName: string, args: unknown[]): Call => ({
    address: operator,
    abi: operatorAbi,
    functionName,
    args,
  });

  const lifecycle = (payment: PaymentPayload, offer: PaymentRequirements): Call[] => {
    const asked = payment.payload as Record<string, never>;
    if (asked['paymentInfo'] === undefined) return ofOwn(payment, offer);
    const bound = [offer.extra['receiverAuthorizer'], zeroAddress, asked['saltNonce']];
    const voiding = (signature: unknown) =>
      operating('void', [asked['paymentInfo'], ...bound, signature]);
    if (asked['type'] === 'void') return [voiding(asked['authorizerSignature'])];
    const capturing = operating('capture', [
      asked['paymentInfo'],
      asked['amount'],
      asked['feeAmount'],
      asked['feeReceiver'],
      ...bound,
      {
        capturableAmount: asked['expectedCapturableAmount'],
        refundableAmount: asked['expectedRefundableAmount'],
      },
      asked['authorizerSignature'],
    ]);
    const rest = asked['voidAuthorizerSignature'];
    return rest === undefined ? [capturing] : [capturing, voiding(rest)];
  };

  /** What its seller asks of it, where it is the operator itself: what is not captured goes back. */
  const ofOwn = (payment: PaymentPayload, offer: PaymentRequirements): Call[] => {
    const { amount, authorization, type } = payment.payload as {
      amount: string;
      authorization: { value: string };
      type: string;
    };
    const { value } = authorization;
    const info = infoOf(payment, { ...offer, amount: value });
    const own = (functionName: string, args: unknown[]): Call => ({
      address: escrow,
      abi: escrowAbi,
      functionName,
      args,
    });
    const back = own('void', [info]);
    if (type === 'void') return [back];
    const capture = own('capture', [info, amount, 0, zeroAddress]);
    return amount === value ? [capture] : [capture, back];
  };

  const send = async (call: Call): Promise<Hex> => {
    await wallet.simulateContract({ ...call, account });
    const hash = await wallet.writeContract(call);
    const { status } = await wallet.waitForTransactionReceipt({ hash });
    if (status !== 'success') throw new Error('reverted');
    return hash;
  };

  const scheme: SchemeNetworkFacilitator = {
    scheme: 'auth-capture',
    caipFamily: 'eip155:*',
    getExtra: () => ({
      captureAuthorizer: account.address,
      operators: [{ address: operator, operatorType: 'policy' }],
    }),
    getSigners: () => [account.address],
    async verify(payment, offer) {
      try {
        await wallet.simulateContract({ ...collecting(payment, offer), account });
        return { isValid: true, payer: infoOf(payment, offer).payer };
      } catch (error) {
        return { isValid: false, invalidReason: reasonOf(error) };
      }
    },
    async settle(payment, offer) {
      const isLifecycle = payment.payload['type'] !== undefined;
      const calls = isLifecycle ? lifecycle(payment, offer) : [collecting(payment, offer)];
      let transaction = '';
      try {
        for (const call of calls) transaction = await send(call);
        return { success: true, transaction, network: NETWORK };
      } catch (error) {
        return { success: false, transaction, network: NETWORK, errorReason: reasonOf(error) };
      }
    },
  };

  return {
    scheme,
    address: account.address,
    /** As the operator that it is, without asking anybody. */
    act: (functionName: 'capture' | 'void' | 'refund', args: unknown[]) =>
      send({ address: escrow, abi: escrowAbi, functionName, args }),
    /** Lets the escrow give back so much of its own. */
    async approve(amount: bigint) {
      const { usdcAbi: abi } = chain;
      const args = [escrow, amount];
      const hash = await wallet.writeContract({
        address: USDC,
        abi,
        functionName: 'approve',
        args,
      });
      await wallet.waitForTransactionReceipt({ hash });
    },
    wallet,
  };
}

/** The contract's own error. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /Error: (\w+)\(\)/.exec(text)?.[1] ?? text.slice(0, 200);
}
