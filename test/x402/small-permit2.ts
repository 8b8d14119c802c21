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
 *     mapping(address => mapping(uint256 => uint256)) public nonceBitmap;
 *
 *     function invalidateUnorderedNonces(uint256 wordPos, uint256 mask) external {
 *         nonceBitmap[msg.sender][wordPos] |= mask;
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
  'b1146100585780634fe02b4414610088575b5f5ffd5b61005661005136600461025b565b6100c1565b005b610056',
  '6100663660046102ac565b335f908152602081815260408083209483529390529190912080549091179055565b61',
  '00af6100963660046102cc565b5f60208181529281526040808220909352908152205481565b6040519081526020',
  '0160405180910390f35b6001600160a01b0384165f90815260208181526040808320600885901c84529091529020',
  '54600160ff83161b908116156101315760405162461bcd60e51b815260206004820152600c60248201526b496e76',
  '616c69644e6f6e636560a01b60448201526064015b60405180910390fd5b6001600160a01b038581165f81815260',
  '208181526040808320600888901c8452909152808220805486179055516024810192909252868316604483015260',
  '6482018690529188169060840160408051601f198184030181529181526020820180516001600160e01b03166323',
  'b872dd60e01b179052516101b191906102f4565b5f604051808303815f865af19150503d805f81146101ea576040',
  '519150601f19603f3d011682016040523d82523d5f602084013e6101ef565b606091505b50509050806102375760',
  '405162461bcd60e51b81526020600482015260146024820152731514905394d1915497d19493d357d19052531151',
  '60621b6044820152606401610128565b50505050505050565b80356001600160a01b0381168114610256575f5ffd',
  '5b919050565b5f5f5f5f5f60a0868803121561026f575f5ffd5b61027886610240565b9450610286602087016102',
  '40565b935061029460408701610240565b94979396509394606081013594506080013592915050565b5f5f604083',
  '850312156102bd575f5ffd5b50508035926020909101359150565b5f5f604083850312156102dd575f5ffd5b6102',
  'e683610240565b946020939093013593505050565b5f82518060208501845e5f92019182525091905056',
].join('')}`;
