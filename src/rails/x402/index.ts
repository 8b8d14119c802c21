export type { X402Asset } from './assets';
export type { AuthorizationToCancel, CancelAuthorization } from './cancel-authorization';
export type { X402Ledger } from './ledger';
export { X402_EXTENSION_URIS } from './schemas';
export type { X402Options } from './x402-options';
export type { X402Account, X402Client } from './x402-payer';
export { x402 } from './x402-rail';
