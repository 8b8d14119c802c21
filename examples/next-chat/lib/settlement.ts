import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { receiptStore } from 'ai-sdk-a2a-settlement/stores';
import { after } from 'next/server';
import { agentUrl } from './agent-url';
import { approve } from './approval';
import { rails } from './rails';
import { fetch } from './sandbox';
import { storage } from './storage';

/** The agents, as models. Conversations are sealed with A2A_CONVERSATION_SECRET. */
export const a2a = createA2A({ fetch });

/** What the timeline shows: every hold, and what became of it. */
export const receipts = receiptStore({ storage });

export const settlement = createSettlement({
  rails,
  // Whoever asks for more is refused, with or without approval. In a currency without a limit
  // nothing is paid. Nobody logs in, so each hour has a limit for all visitors together.
  limits: {
    perCall: 50,
    perWindow: { amount: 500, minutes: 60 },
    USDC: { perCall: 0.5, perWindow: { amount: 5, minutes: 60 } },
    credits: { perCall: 10, perWindow: { amount: 100, minutes: 60 } },
  },
  approve,
  journal: { storage, writeAhead: true },
  receipts,
  provider: a2a,
  // An answer ends with its last word: what is paid is settled after the response.
  waitUntil: after,
  agents: {
    [agentUrl({ url: '/nevermined/agent/' })]: {
      verify: ({ text }) => text.split('\n').length >= 4,
    },
  },
});
