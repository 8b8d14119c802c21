import { DEFAULT_ASSETS } from '@x402/evm';
import { EVM_NETWORK_CHAIN_ID_MAP } from '@x402/evm/v1';
import { expect, test } from 'vitest';
import { findAsset, knownAssets } from '../../../src/rails/x402/assets';
import { chainIds, toNetwork, toNetworkName } from '../../../src/rails/x402/networks';
import { network, usdc } from './offers';

test('knows the assets and the networks that the x402 packages know', () => {
  const theirs = Object.entries(DEFAULT_ASSETS).flatMap(([network, assets]) =>
    assets.map(({ asset, symbol: code, decimals }) => ({ network, asset, code, decimals })),
  );
  expect(theirs.length).toBeGreaterThan(20);
  expect(knownAssets).toEqual(theirs);
  expect(chainIds).toEqual(EVM_NETWORK_CHAIN_ID_MAP);
});

test('finds an asset whatever its case, on its own network only', () => {
  const known = { network, asset: usdc, code: 'USDC', decimals: 6 };
  expect(findAsset({ asset: usdc.toLowerCase(), network })).toEqual(known);
  expect(findAsset({ asset: usdc, network: 'eip155:1' })).toBeUndefined();
  expect(findAsset({ asset: `${usdc.slice(0, -1)}0`, network })).toBeUndefined();
});

test('what was added counts first', () => {
  const own = { network, asset: usdc, code: 'TEST', decimals: 6 };
  expect(findAsset({ asset: usdc.toUpperCase(), network }, [own])).toBe(own);
  const elsewhere = { network: 'solana:5eykt4', asset: 'EPjF', code: 'USDC', decimals: 6 };
  expect(findAsset({ asset: 'EPjF', network: 'solana:5eykt4' }, [elsewhere])).toBe(elsewhere);
  expect(findAsset({ asset: 'epjf', network: 'solana:5eykt4' }, [elsewhere])).toBeUndefined();
});

test.each([
  ['base', 'eip155:8453'],
  ['eip155:8453', 'eip155:8453'],
  ['constructor', 'constructor'],
])('network %s is %s', (name, expected) => {
  expect(toNetwork(name)).toBe(expected);
});

test.each([
  ['eip155:84532', 'base-sepolia'],
  ['eip155:999999', undefined],
  ['base', undefined],
])('version 1 calls %s %s', (id, expected) => {
  expect(toNetworkName(id)).toBe(expected);
});
