import { x402, type X402Options } from 'ai-sdk-a2a-settlement/x402';
import type { AgentAnswer, Hold, SettlementRail } from '../../../src/rails/rail';
import { PERMIT2_PROXIES } from '../../../src/rails/x402/permit-use';
import { asking, offerV2, payee, payer, signed, usdc } from './offers';

/** A rail whose client signs whatever it is asked to. */
export function railOf(options: Partial<X402Options> = {}): SettlementRail {
  const client = { createPaymentPayload: async (asked: unknown) => signed(asked) };
  return x402({ client, ...options });
}

export async function holdOf(
  rail: SettlementRail,
  answer: AgentAnswer = asking([offerV2()]),
): Promise<Hold> {
  const challenge = rail.challenge?.(answer, { hasLimit: () => true });
  if (challenge === undefined) throw new Error('not asked');
  return rail.hold({ taskId: 'aisdk-1', ttlMinutes: 5, ...challenge, challenge });
}

export const completed = (receipts: unknown[]): AgentAnswer => ({
  state: 'completed',
  metadata: { 'x402.payment.status': 'payment-completed', 'x402.payment.receipts': receipts },
});

export const permitNonce = 123_456_789_012_345_678_901_234_567_890n;

/** What a client signs for Permit2, or `changes` of it. */
export function permitOf(asked: unknown, changes: object = {}) {
  const { accepts } = asked as { accepts: [ReturnType<typeof offerV2>] };
  const [{ amount, scheme }] = accepts;
  return signed(asked, {
    payload: {
      signature: '0xsecret-signature',
      permit2Authorization: {
        from: payer,
        permitted: { token: usdc, amount },
        spender: PERMIT2_PROXIES[scheme],
        nonce: String(permitNonce),
        deadline: String(Math.floor(Date.now() / 1000) + 300),
        witness: { to: payee },
        ...changes,
      },
    },
  });
}

export const permitting = {
  client: { createPaymentPayload: async (asked: unknown) => permitOf(asked) },
};
