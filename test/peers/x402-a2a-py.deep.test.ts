import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { serve } from '@hono/node-server';
import { x402ResourceServer } from '@x402/core/server';
import { ExactEvmScheme } from '@x402/evm/exact/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { acceptX402, createPaidAgent, type SaleRecord } from '../../src/agent';
import { saying, scriptedModel } from '../agent/model/scripted-model';
import { hasAnvil } from '../x402/anvil';
import { NETWORK, USDC } from '../x402/chain';
import { type Market, openMarket, QUARTER } from '../x402/market';

/** A Python that has Google's `x402_a2a`, with `x402<1` and `a2a-sdk<1`. */
const python = process.env['X402_A2A_PY'] ?? 'python3';
const hasX402A2a = spawnSync(python, ['-c', 'import x402_a2a'], { stdio: 'ignore' }).status === 0;
if (!hasX402A2a) {
  console.warn(
    'SKIPPED: Google’s a2a-x402 library. There is no Python with `x402_a2a` on this machine; X402_A2A_PY names one.',
  );
}
const script = fileURLToPath(new URL('x402-a2a-py/client.py', import.meta.url));

describe.skipIf(!hasX402A2a || !hasAnvil)('Google’s a2a-x402 library, of x402 version 1', () => {
  let market: Market;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => void (market = await openMarket()));
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()));
    await market?.chain.stop();
  });

  it('is asked in its words, pays, and does not pay twice with one nonce', async () => {
    const { chain } = market;
    const payee = await chain.newAccount();
    const rich = await chain.newAccount({ usdc: '10', gas: true });
    // The library takes keys.
    const keys = [generatePrivateKey(), generatePrivateKey()];
    const payers = keys.map((key) => privateKeyToAccount(key).address);
    for (const payer of payers) {
      const hash = await chain.walletOf(rich).writeContract({
        address: USDC,
        abi: chain.usdcAbi,
        functionName: 'transfer',
        args: [payer, 1_000_000n],
      });
      await chain.publicClient.waitForTransactionReceipt({ hash });
    }

    const sales: SaleRecord[] = [];
    let handle: ((request: Request) => Promise<Response>) | undefined;
    const server = serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: (request) => handle?.(request) ?? new Response(null, { status: 503 }),
    });
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
    const poet = scriptedModel(Array.from({ length: 4 }, () => saying('Roses ', 'are red.')));
    handle = createPaidAgent({
      model: poet,
      url,
      name: 'poet',
      description: 'Writes poems.',
      skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
      onSale: (event) => sales.push(event),
      accepts: [
        acceptX402({
          server: new x402ResourceServer(market.clientOf()).register(NETWORK, new ExactEvmScheme()),
          offers: [{ scheme: 'exact', network: NETWORK, payTo: payee.address, price: '$0.25' }],
        }),
      ],
    });

    const settings = JSON.stringify({ agentUrl: url, rpcUrl: chain.url, keys });
    const { stdout } = await promisify(execFile)(python, ['-W', 'ignore', script, settings]);
    const offer = {
      scheme: 'exact',
      network: 'base-sepolia',
      maxAmountRequired: '250000',
      payTo: payee.address,
      resource: url,
    };
    const asked = {
      state: 'input-required',
      status: 'payment-required',
      text: '',
      required: { x402Version: 1, accepts: [offer] },
    };
    const paidBy = (payer: string | undefined) => ({
      state: 'completed',
      status: 'payment-completed',
      text: 'Roses are red.',
      receipt: { success: true, network: 'base-sepolia', payer },
    });
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      asked: [asked, asked, asked],
      paid: [
        paidBy(payers[0]),
        paidBy(payers[1]),
        { state: 'failed', status: 'payment-failed', text: '', error: 'already-used' },
      ],
    });
    expect(await chain.balanceOf(payee.address)).toBe(2n * QUARTER);
    for (const payer of payers) expect(await chain.balanceOf(payer)).toBe(1_000_000n - QUARTER);
    expect(sales.filter(({ event }) => event === 'settled')).toHaveLength(2);
    expect(poet.doStreamCalls).toHaveLength(2);
  });
});
