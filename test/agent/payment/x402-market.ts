import { x402Facilitator } from '@x402/core/facilitator';
import { type FacilitatorClient, x402ResourceServer } from '@x402/core/server';
import type {
  PaymentPayload,
  PaymentRequirements,
  SchemeNetworkFacilitator,
  SchemeNetworkServer,
} from '@x402/core/types';
import { PERMIT2_ADDRESS, toFacilitatorEvmSigner, uptoPermit2WitnessTypes } from '@x402/evm';
import { ExactEvmScheme as ExactFacilitator } from '@x402/evm/exact/facilitator';
import { ExactEvmScheme } from '@x402/evm/exact/server';
import { UptoEvmScheme } from '@x402/evm/upto/server';
import { type Address, type Hex, parseAbi, verifyTypedData, zeroAddress } from 'viem';
import type { X402Offer } from '../../../src/agent';
import { type Chain, NETWORK, startChain, USDC } from '../../x402/chain';
import { deployEscrow } from '../../x402/escrow-contracts';
import { createEscrowFacilitator } from '../../x402/escrow-facilitator';
import { authCaptureScheme } from '../../x402/escrow-seller';
import { PERMIT2, permit2Abi, permit2Code } from '../../x402/small-permit2';

export type X402Market = Awaited<ReturnType<typeof openX402Market>>;
export type X402SchemeName = 'exact' | 'upto' | 'auth-capture';

/** A chain, and a facilitator of three schemes. */
export async function openX402Market() {
  const chain = await startChain();
  await chain.test.setCode({ address: PERMIT2, bytecode: permit2Code });
  const contracts = await deployEscrow(chain);
  const escrow = await createEscrowFacilitator(chain, contracts);
  const facilitator = new x402Facilitator()
    .register(NETWORK, await exact(chain))
    .register(NETWORK, await upto(chain))
    .register(NETWORK, escrow.scheme);

  const clientOf = (changes: Partial<FacilitatorClient> = {}): FacilitatorClient => ({
    verify: (payload, requirements) => facilitator.verify(payload, requirements),
    settle: (payload, requirements) => facilitator.settle(payload, requirements),
    getSupported: async () => facilitator.getSupported() as never,
    ...changes,
  });

  /** One quarter, or up to a quarter, of a dollar. */
  const offerOf = (scheme: X402SchemeName, payTo: string): X402Offer => ({
    scheme,
    network: NETWORK,
    payTo,
    price: '$0.25',
    maxTimeoutSeconds: 300,
    ...(scheme === 'auth-capture' && {
      extra: ({ at }) => {
        const captureDeadline = Math.floor(at.getTime() / 1000) + 7200;
        return {
          name: 'USDC',
          version: '2',
          authCaptureEscrow: contracts.escrow,
          captureAuthorizer: escrow.address,
          captureMode: 'deferred',
          captureDeadline,
          refundDeadline: captureDeadline + 3600,
          feeRecipient: zeroAddress,
          minFeeBps: 0,
          maxFeeBps: 0,
        };
      },
    }),
  });

  const serverOf = (client: FacilitatorClient) =>
    new x402ResourceServer(client)
      .register(NETWORK, new ExactEvmScheme())
      .register(NETWORK, new UptoEvmScheme())
      .register(NETWORK, capturing);

  /** Someone with 10 USDC, who lets Permit2 take what he signs. */
  async function newPayer() {
    const payer = await chain.newAccount({ usdc: '10', gas: true });
    const hash = await chain.walletOf(payer).writeContract({
      address: USDC,
      abi: parseAbi(['function approve(address spender, uint256 amount)']),
      functionName: 'approve',
      args: [PERMIT2, 10n ** 12n],
    });
    await chain.publicClient.waitForTransactionReceipt({ hash });
    return payer;
  }

  return { chain, clientOf, contracts, newPayer, offerOf, serverOf };
}

/** With what its seller asks of the facilitator after the work, which the packages of x402 lack. */
const capturing: SchemeNetworkServer = {
  ...authCaptureScheme,
  async enrichSettlementPayload({ phase, requirements }) {
    switch (phase) {
      case 'after-handler':
        return { type: 'capture', amount: requirements.amount };
      case 'cancel':
        return { type: 'void' };
      default:
        return undefined;
    }
  },
  settleOnCancel: ({ requirements }) => structuredClone(requirements) as PaymentRequirements,
};

async function exact(chain: Chain) {
  const account = await chain.newAccount({ gas: true });
  const wallet = chain.walletOf(account);
  const signer = toFacilitatorEvmSigner({
    address: account.address,
    readContract: (call) => wallet.readContract(call),
    verifyTypedData: (typed) => wallet.verifyTypedData(typed as never),
    writeContract: ({ gas, ...call }) =>
      wallet.writeContract({ ...call, ...(gas !== undefined && { gas }) }),
    sendTransaction: (call) => wallet.sendTransaction(call),
    waitForTransactionReceipt: (call) => wallet.waitForTransactionReceipt(call),
    getCode: (call) => wallet.getCode(call),
  });
  return new ExactFacilitator(signer, { simulateInSettle: true });
}

/** `upto` over the small Permit2, which leaves the signature to its caller. */
async function upto(chain: Chain): Promise<SchemeNetworkFacilitator> {
  const account = await chain.newAccount({ gas: true });
  const wallet = chain.walletOf(account);
  const read = ({ payload }: PaymentPayload) =>
    payload as {
      signature: Hex;
      permit2Authorization: {
        from: Address;
        permitted: { token: Address; amount: string };
        spender: Address;
        nonce: string;
        deadline: string;
        witness: { to: Address; facilitator: Address; validAfter: string };
      };
    };
  const callOf = (payment: PaymentPayload, { amount, asset, payTo }: PaymentRequirements) => {
    const { from, nonce } = read(payment).permit2Authorization;
    return {
      address: PERMIT2,
      abi: permit2Abi,
      functionName: 'take',
      args: [asset as Address, from, payTo as Address, BigInt(amount), BigInt(nonce)],
    } as const;
  };
  const problemOf = async (payment: PaymentPayload, offer: PaymentRequirements) => {
    const { permit2Authorization: permit, signature } = read(payment);
    const { deadline, from, nonce, permitted, spender, witness } = permit;
    const isSigned = await verifyTypedData({
      address: from,
      domain: { name: 'Permit2', chainId: 84532, verifyingContract: PERMIT2_ADDRESS },
      types: uptoPermit2WitnessTypes,
      primaryType: 'PermitWitnessTransferFrom',
      message: {
        permitted: { token: permitted.token, amount: BigInt(permitted.amount) },
        spender,
        nonce: BigInt(nonce),
        deadline: BigInt(deadline),
        witness: { ...witness, validAfter: BigInt(witness.validAfter) },
      },
      signature,
    }).catch(() => false);
    if (!isSigned) return 'invalid_signature';
    if (BigInt(permitted.amount) < BigInt(offer.amount)) return 'invalid_amount';
    try {
      await wallet.simulateContract({ ...callOf(payment, offer), account });
      return undefined;
    } catch {
      return 'invalid_transaction_state';
    }
  };
  return {
    scheme: 'upto',
    caipFamily: 'eip155:*',
    getExtra: () => ({ facilitatorAddress: account.address }),
    getSigners: () => [account.address],
    async verify(payment, offer) {
      const invalidReason = await problemOf(payment, offer);
      return invalidReason === undefined
        ? { isValid: true, payer: read(payment).permit2Authorization.from }
        : { isValid: false, invalidReason };
    },
    async settle(payment, offer) {
      const errorReason = await problemOf(payment, offer);
      if (errorReason !== undefined) {
        return { success: false, transaction: '', network: NETWORK, errorReason };
      }
      const hash = await wallet.writeContract(callOf(payment, offer));
      const { status } = await wallet.waitForTransactionReceipt({ hash });
      return {
        success: status === 'success',
        transaction: hash,
        network: NETWORK,
        amount: offer.amount,
      };
    },
  };
}
