import type { WalletElements } from 'ai-sdk-a2a-settlement/wallet';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements extends WalletElements {}
  }
}
