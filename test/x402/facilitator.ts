import { x402Facilitator } from '@x402/core/facilitator';
import { toFacilitatorEvmSigner } from '@x402/evm';
import { ExactEvmScheme } from '@x402/evm/exact/facilitator';
import { ExactEvmSchemeV1 } from '@x402/evm/exact/v1/facilitator';
import { type Chain, NETWORK } from './chain';

/** The facilitator of the x402 packages, which pays the gas. */
export async function createFacilitator(chain: Chain): Promise<x402Facilitator> {
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
  return new x402Facilitator()
    .register(NETWORK, new ExactEvmScheme(signer, { simulateInSettle: true }))
    .registerV1('base-sepolia' as never, new ExactEvmSchemeV1(signer));
}
