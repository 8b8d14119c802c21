import { createSandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { shared } from './shared';

/**
 * An exchange, agents and a payer with 1000 tokens, in this process: no key, no account. Undefined
 * when A2A_EXCHANGE_URL names an exchange. Delete this file when you have one.
 */
export const sandbox = process.env.A2A_EXCHANGE_URL
  ? undefined
  : shared('sandbox', () => createSandbox({ agentDelayMs: 70 }));

/** Reaches the sandbox, which is on no port. */
export const fetch = sandbox?.fetch ?? globalThis.fetch;
