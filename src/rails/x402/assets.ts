/** An asset: 1 unit of its currency is 10^`decimals` of its smallest unit. */
export interface X402Asset {
  /** The address of its contract, or its id on a network without contracts. */
  asset: string;
  /** CAIP-2, for example `eip155:8453`. */
  network: string;
  /** The currency that limits are written in, for example `USDC`. */
  code: string;
  decimals: number;
}

/** Finds the currency of an asset. The agent's description is not used, because a token can have any name. */
export function findAsset(
  { asset, network }: { asset: string; network: string },
  added: readonly X402Asset[] = [],
): X402Asset | undefined {
  // Addresses of EVM chains are case-insensitive; those of other chains are not.
  const name = (text: string) => (network.startsWith('eip155:') ? text.toLowerCase() : text);
  const isIt = (one: X402Asset) => one.network === network && name(one.asset) === name(asset);
  return added.find(isIt) ?? knownAssets.find(isIt);
}

const asset = (chainId: number, address: string, code: string, decimals = 6): X402Asset => ({
  network: `eip155:${chainId}`,
  asset: address,
  code,
  decimals,
});

/** The default assets of `@x402/evm`. A test compares them. */
export const knownAssets: readonly X402Asset[] = [
  asset(8453, '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913', 'USDC'),
  asset(84532, '0x036CbD53842c5426634e7929541eC2318f3dCF7e', 'USDC'),
  asset(1, '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', 'USDC'),
  asset(43114, '0xB97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E', 'USDC'),
  asset(4326, '0xFAfDdbb3FC7688494971a79cc65DCa3EF82079E7', 'MegaUSD', 18),
  asset(143, '0x754704Bc059F8C67012fEd69BC8A327a5aafb603', 'USDC'),
  asset(988, '0x779Ded0c9e1022225f8E0630b35a9b54bE713736', 'USDT0'),
  asset(2201, '0x78Cf24370174180738C5B8E352B6D14c83a6c9A9', 'USDT0'),
  asset(137, '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359', 'USDC'),
  asset(42161, '0xaf88d065e77c8cC2239327C5EDb3A432268e5831', 'USDC'),
  asset(421614, '0x75faf114eafb1BDbe2F0316DF893fd58CE46AA4d', 'USDC'),
  asset(31612, '0xdD468A1DDc392dcdbEf6db6e34E89AA338F9F186', 'mUSD', 18),
  asset(31611, '0x118917a40FAF1CD7a13dB0Ef56C86De7973Ac503', 'mUSD', 18),
  asset(723487, '0x33ad9e4BD16B69B5BFdED37D8B5D9fF9aba014Fb', 'SBC'),
  asset(72344, '0x33ad9e4BD16B69B5BFdED37D8B5D9fF9aba014Fb', 'SBC'),
  asset(36900, '0x9cb8142aEBBcdc60AF7c97Af897A67A8f3CA71C2', 'USDC.e'),
  asset(190415, '0x401eCb1D350407f13ba348573E5630B83638E30D', 'USDC.e'),
  asset(181228, '0x401eCb1D350407f13ba348573E5630B83638E30D', 'USDC.e'),
  asset(50, '0xfA2958CB79b0491CC627c1557F441eF849Ca8eb1', 'USDC'),
  asset(51, '0xb5AB69F7bBada22B28e79C8FFAECe55eF1c771D4', 'USDC'),
  asset(38833, '0xA5b8BF902b2844dA17d4506cc827F7F1681735E7', 'USDC'),
  asset(14, '0xe7cd86e13AC4309349F30B3435a9d337750fC82D', 'USDT0'),
  asset(42220, '0xcebA9300f2b948710d2653dD7B07f33A8B32118C', 'USDC'),
  asset(42220, '0x48065fbBE25f71C9282ddf5e1cD6D6A887483D5e', 'USDT'),
  asset(42220, '0xD2ab3C9A02DBBAB236BfEC45D1d755DF4267F771', 'USAT'),
  asset(11142220, '0x01C5C0122039549AD1493B8220cABEdD739BC44E', 'USDC'),
  asset(1329, '0xe15fC38F6D8c56aF07bbCBe3BAf5708A2Bf42392', 'USDC'),
  asset(1328, '0x4fCF1784B31630811181f670Aea7A7bEF803eaED', 'USDC'),
];
