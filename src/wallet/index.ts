export { describeStep } from './describe-step';
export {
  findStep,
  isOpen,
  type FoundStep,
  type HoldOutcome,
  type HoldStep,
  type HoldStory,
} from './hold-story';
export { readWallet, type ReadWalletOptions, type Wallet, type WalletBalance } from './read-wallet';
export { defineWalletElements, type WalletElements } from './wallet-elements';
