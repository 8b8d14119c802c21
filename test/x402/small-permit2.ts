import { type Address, type Hex, parseAbi } from 'viem';

/** Where Permit2 stands on every chain. */
export const PERMIT2: Address = '0x000000000022D473030F116dDEE9F6B43aC78BA3';

export const permit2Abi = parseAbi([
  'function invalidateUnorderedNonces(uint256 wordPos, uint256 mask)',
  'function take(address token, address from, address to, uint256 amount, uint256 nonce)',
]);

/**
 * Permit2 takes half a minute to compile, so this stands in its place. Compiled by solc 0.8.28 with
 * `{ optimizer: { enabled: true, runs: 1 }, metadata: { bytecodeHash: 'none', appendCBOR: false } }`:
 *
 * ```solidity
 * // SPDX-License-Identifier: Apache-2.0
 * pragma solidity ^0.8.28;
 *
 * /// What of Permit2 can be seen from outside: its book of nonces, and a transfer that uses one.
 * /// It checks no signature: that is not what is tested with it.
 * contract SmallPermit2 {
 *     event UnorderedNonceInvalidation(address indexed owner, uint256 word, uint256 mask);
 *
 *     mapping(address => mapping(uint256 => uint256)) public nonceBitmap;
 *
 *     function invalidateUnorderedNonces(uint256 wordPos, uint256 mask) external {
 *         nonceBitmap[msg.sender][wordPos] |= mask;
 *         emit UnorderedNonceInvalidation(msg.sender, wordPos, mask);
 *     }
 *
 *     function take(address token, address from, address to, uint256 amount, uint256 nonce) external {
 *         uint256 bit = 1 << (nonce & 0xff);
 *         require(nonceBitmap[from][nonce >> 8] & bit == 0, "InvalidNonce");
 *         nonceBitmap[from][nonce >> 8] |= bit;
 *         (bool isDone, ) = token.call(
 *             abi.encodeWithSignature("transferFrom(address,address,uint256)", from, to, amount)
 *         );
 *         require(isDone, "TRANSFER_FROM_FAILED");
 *     }
 * }
 * ```
 */
export const permit2Code: Hex = `0x${[
  '608060405234801561000f575f5ffd5b506004361061003f575f3560e01c806327648541146100435780633ff9dc',
  'b1146100585780634fe02b441461006b575b5f5ffd5b610056610051366004610296565b6100a4565b005b610056',
  '6100663660046102e7565b610223565b610092610079366004610307565b5f602081815292815260408082209093',
  '52908152205481565b60405190815260200160405180910390f35b6001600160a01b0384165f9081526020818152',
  '6040808320600885901c8452909152902054600160ff83161b908116156101145760405162461bcd60e51b815260',
  '206004820152600c60248201526b496e76616c69644e6f6e636560a01b60448201526064015b60405180910390fd',
  '5b6001600160a01b038581165f81815260208181526040808320600888901c845290915280822080548617905551',
  '60248101929092528683166044830152606482018690529188169060840160408051601f19818403018152918152',
  '6020820180516001600160e01b03166323b872dd60e01b17905251610194919061032f565b5f604051808303815f',
  '865af19150503d805f81146101cd576040519150601f19603f3d011682016040523d82523d5f602084013e6101d2',
  '565b606091505b505090508061021a5760405162461bcd60e51b8152602060048201526014602482015273151490',
  '5394d1915497d19493d357d1905253115160621b604482015260640161010b565b50505050505050565b335f8181',
  '526020818152604080832086845282529182902080548517905581518581529081018490527f3704902f963766a4',
  'e561bbaab6e6cdc1b1dd12f6e9e99648da8843b3f46b918d910160405180910390a25050565b80356001600160a0',
  '1b0381168114610291575f5ffd5b919050565b5f5f5f5f5f60a086880312156102aa575f5ffd5b6102b38661027b',
  '565b94506102c16020870161027b565b93506102cf6040870161027b565b94979396509394606081013594506080',
  '013592915050565b5f5f604083850312156102f8575f5ffd5b50508035926020909101359150565b5f5f60408385',
  '031215610318575f5ffd5b6103218361027b565b946020939093013593505050565b5f82518060208501845e5f92',
  '019182525091905056',
].join('')}`;
