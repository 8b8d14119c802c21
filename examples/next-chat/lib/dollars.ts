import type { SandboxX402 } from 'ai-sdk-a2a-settlement/sandbox';
import { isHex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { sandbox } from './sandbox';
import { shared } from './shared';

const coins = sandbox?.x402;

/** The chain's JSON-RPC. Payments are looked up there. */
export const ledger = coins?.rpcUrl ?? process.env.X402_LEDGER_URL;

/** The account that pays in USDC. In the sandbox a new one, with 10 USDC that are worth nothing. */
export const payer =
  coins === undefined
    ? accountOf(process.env.X402_PRIVATE_KEY)
    : shared('payer', () => fundedIn(coins));

function fundedIn({ fund }: SandboxX402) {
  const account = privateKeyToAccount(generatePrivateKey());
  fund(account.address);
  return account;
}

function accountOf(key: string | undefined) {
  return isHex(key) ? privateKeyToAccount(key) : undefined;
}
