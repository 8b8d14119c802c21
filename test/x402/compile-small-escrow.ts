import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Compiles small-escrow.sol to small-escrow.json: `npx tsx test/x402/compile-small-escrow.ts`, then
 * `npm run format`. The compiler is no dependency: npx fetches it.
 */
const here = new URL('.', import.meta.url);
const input = {
  language: 'Solidity',
  sources: {
    'small-escrow.sol': { content: readFileSync(new URL('small-escrow.sol', here), 'utf8') },
  },
  settings: {
    evmVersion: 'cancun',
    viaIR: true,
    optimizer: { enabled: true, runs: 1 },
    metadata: { bytecodeHash: 'none', appendCBOR: false },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
  },
};
const { stdout } = spawnSync('npx', ['-y', '-p', 'solc@0.8.28', 'solcjs', '--standard-json'], {
  input: JSON.stringify(input),
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
});
// The compiler's JSON follows a line about the solver that it looks for.
const output = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
  errors?: { severity: string; formattedMessage: string }[];
  contracts: Record<
    string,
    Record<string, { abi: unknown; evm: { bytecode: { object: string } } }>
  >;
};
const errors = output.errors?.filter(({ severity }) => severity === 'error') ?? [];
if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'));
const contracts = Object.entries(output.contracts['small-escrow.sol'] ?? {}).map(
  ([name, { abi, evm }]) => [name, { abi, bytecode: `0x${evm.bytecode.object}` }],
);
const text = JSON.stringify(Object.fromEntries(contracts), undefined, 1);
writeFileSync(new URL('small-escrow.json', here), `${text}\n`);
