import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { parseAbi } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasAnvil, warnWithoutAnvil } from './anvil';
import { type Chain, NETWORK, startChain, USDC } from './chain';
import { PERMIT2, permit2Abi, permit2Code } from './small-permit2';

warnWithoutAnvil('what was signed for Permit2, on a chain');

const erc20 = parseAbi(['function approve(address spender, uint256 amount)']);

describe.skipIf(!hasAnvil)('what was signed for Permit2 (`upto`)', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain();
    await chain.test.setCode({ address: PERMIT2, bytecode: permit2Code });
  });
  afterAll(() => chain?.stop());

  /** At most 0.5 USDC, of a payer who has let Permit2 take what he signs. */
  async function held() {
    const payer = await chain.newAccount({ usdc: '10', gas: true });
    const payee = await chain.newAccount({ gas: true });
    await sent(payer, {
      address: USDC,
      abi: erc20,
      functionName: 'approve',
      args: [PERMIT2, 10n ** 12n],
    });
    const rail = x402({ client: payer, ledger: chain.url });
    const offer = {
      scheme: 'upto',
      network: NETWORK,
      asset: USDC,
      amount: '500000',
      payTo: payee.address,
      maxTimeoutSeconds: 300,
      extra: { name: 'USDC', version: '2', facilitatorAddress: payee.address },
    };
    const required = { x402Version: 2, resource: { url: 'http://x' }, accepts: [offer] };
    const challenge = rail.challenge?.(
      { metadata: { 'x402.payment.required': required } },
      { hasLimit: () => true },
    );
    if (challenge === undefined) throw new Error('not asked');
    const hold = await rail.hold({ taskId: 't', ttlMinutes: 5, ...challenge, challenge });
    const nonce = BigInt(hold.escrowId);
    const take = (amount: bigint, of = nonce) =>
      sent(payee, {
        address: PERMIT2,
        abi: permit2Abi,
        functionName: 'take',
        args: [USDC, payer.address, payee.address, amount, of],
      });
    return { payer, payee, rail, hold, nonce, take };
  }

  async function sent(
    account: Awaited<ReturnType<Chain['newAccount']>>,
    call: Parameters<ReturnType<Chain['walletOf']>['writeContract']>[0],
  ) {
    const hash = await chain.walletOf(account).writeContract(call);
    const { status } = await chain.publicClient.waitForTransactionReceipt({ hash });
    expect(status).toBe('success');
    return hash;
  }

  test('a part of it is taken', async () => {
    const { rail, hold, take, payee } = await held();
    expect(hold).toMatchObject({ amount: '0.5', currency: 'USDC' });
    expect(await rail.look?.(hold)).toMatchObject({ state: { type: 'held' } });
    expect(await rail.release(hold)).toMatchObject({ status: 'pending' });
    const transaction = await take(120_000n);
    const proof = [{ transaction, network: NETWORK, confirmedBy: 'ledger' }];
    const amounts = { amount: '0.12', fee: '0', proof };
    expect(await rail.release(hold)).toEqual({
      status: 'partially-released',
      returned: '0.38',
      ...amounts,
    });
    expect(await rail.refund(hold)).toEqual({ status: 'taken', ...amounts });
    expect(await chain.balanceOf(payee.address)).toBe(120_000n);
  });

  test('other payments of the same payer to the same payee are not this one', async () => {
    const { rail, hold, nonce, take } = await held();
    const other = await take(130_000n, nonce ^ 1n);
    const receipts = [{ success: true, transaction: other, network: NETWORK }];
    const answer = { state: 'completed', metadata: { 'x402.payment.receipts': receipts } };
    expect(await rail.refund(hold, { answer })).toMatchObject({ status: 'pending' });
    const own = await take(140_000n);
    await take(150_000n, nonce ^ 2n);
    expect(await rail.release(hold, { answer })).toMatchObject({
      amount: '0.14',
      proof: [{ transaction: own, confirmedBy: 'ledger' }],
    });
  });

  test('one that its payer invalidated is back', async () => {
    const { payer, rail, hold, nonce } = await held();
    const invalidated = () =>
      sent(payer, {
        address: PERMIT2,
        abi: permit2Abi,
        functionName: 'invalidateUnorderedNonces',
        args: [nonce >> 8n, 1n << (nonce & 255n)],
      });
    const transaction = await invalidated();
    await invalidated();
    const proof = [{ transaction, network: NETWORK, confirmedBy: 'ledger' }];
    expect(await rail.refund(hold)).toEqual({ status: 'refunded', returned: '0.5', proof });
  });

  test('one that was taken, and that its payer invalidated afterwards, is not', async () => {
    const { payer, rail, hold, nonce, take } = await held();
    const transaction = await take(500_000n);
    await sent(payer, {
      address: PERMIT2,
      abi: permit2Abi,
      functionName: 'invalidateUnorderedNonces',
      args: [nonce >> 8n, 2n ** 256n - 1n],
    });
    expect(await rail.refund(hold)).toMatchObject({
      status: 'taken',
      amount: '0.5',
      proof: [{ transaction }],
    });
  });
});
