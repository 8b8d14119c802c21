import type { SandboxX402 } from 'ai-sdk-a2a-settlement/sandbox';
import { createPublicClient, erc20Abi, formatUnits, getAddress, http, isHex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { fetch, sandbox } from './sandbox';
import { shared } from './shared';

const coins = sandbox?.x402;

/** The chain's JSON-RPC. Payments are looked up there. */
export const ledger = coins?.rpcUrl ?? process.env.X402_LEDGER_URL;

/** The account that pays in USDC. In the sandbox a new one, with 10 USDC that are worth nothing. */
export const payer =
  coins === undefined
    ? accountOf(process.env.X402_PRIVATE_KEY)
    : shared('payer', () => fundedIn(coins));

/** The payer's USDC on Base Sepolia, read from the chain. */
export async function readDollars(): Promise<string | undefined> {
  if (payer === undefined || ledger === undefined) return undefined;
  const chain = createPublicClient({ transport: http(ledger, { fetchFn: fetch }) });
  const units = await chain.readContract({
    abi: erc20Abi,
    address: getAddress('0x036CbD53842c5426634e7929541eC2318f3dCF7e'),
    functionName: 'balanceOf',
    args: [payer.address],
  });
  return formatUnits(units, 6);
}

function fundedIn({ fund }: SandboxX402) {
  const account = privateKeyToAccount(generatePrivateKey());
  fund(account.address);
  return account;
}

function accountOf(key: string | undefined) {
  return isHex(key) ? privateKeyToAccount(key) : undefined;
}
