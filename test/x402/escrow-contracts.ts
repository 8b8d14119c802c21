import { readFileSync } from 'node:fs';
import type { Abi, Address, Hex } from 'viem';
import type { Chain } from './chain';

const compiled = JSON.parse(
  readFileSync(new URL('small-escrow.json', import.meta.url), 'utf8'),
) as Record<'SmallEscrow' | 'SmallCollector' | 'SmallOperator', { abi: Abi; bytecode: Hex }>;

export const escrowAbi = compiled.SmallEscrow.abi;
/** With the errors of the escrow that it calls. */
export const operatorAbi: Abi = [
  ...compiled.SmallOperator.abi,
  ...escrowAbi.filter(({ type }) => type === 'error'),
];

export type EscrowContracts = Awaited<ReturnType<typeof deployEscrow>>;

/** The contracts of small-escrow.sol. `at`: where the escrow and its collector are to stand. */
export async function deployEscrow(chain: Chain, at?: { escrow: Address; collector: Address }) {
  const wallet = chain.walletOf(await chain.newAccount({ gas: true }));
  const escrow = at?.escrow ?? (await deploy('SmallEscrow', []));
  if (at !== undefined) await copy(await deploy('SmallEscrow', []), at.escrow);
  const collected = await deploy('SmallCollector', [escrow]);
  if (at !== undefined) await copy(collected, at.collector);
  const collector = at?.collector ?? collected;
  const operator = await deploy('SmallOperator', [escrow]);
  return { escrow, collector, operator };

  async function deploy(name: keyof typeof compiled, args: unknown[]): Promise<Address> {
    const hash = await wallet.deployContract({ ...compiled[name], args });
    const { contractAddress } = await wallet.waitForTransactionReceipt({ hash });
    if (contractAddress == null) throw new Error(`${name} was not deployed`);
    return contractAddress;
  }

  async function copy(from: Address, to: Address): Promise<void> {
    const bytecode = await wallet.getCode({ address: from });
    if (bytecode === undefined) throw new Error('no code');
    await chain.test.setCode({ address: to, bytecode });
  }
}
