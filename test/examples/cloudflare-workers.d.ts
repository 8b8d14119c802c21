/** What examples/cloudflare-worker.ts uses of it. In an application, `wrangler types` declares it. */
declare module 'cloudflare:workers' {
  export const env: Record<
    'A2A_AGENT_URL' | 'A2A_CONVERSATION_SECRET' | 'A2A_EXCHANGE_URL' | 'A2A_PAYER_API_KEY',
    string
  >;
  export function waitUntil(promise: Promise<unknown>): void;
}
