import * as z from 'zod/v4';
import { createExchange, type Exchange } from '../sandbox/exchange/create-exchange';
import type { ExchangeState } from '../sandbox/exchange/exchange-state';

/** An escrow that a recorded response opened. */
export interface OpenedEscrow {
  request: unknown;
  response: unknown;
}

const PAYER = 'payer-of-the-recording';
/** More than any recorded call costs, and so that no limit of the account is met. */
const TOKENS = 1_000_000;

/**
 * An exchange for what a replay asks and the recording does not answer. It knows the escrows that the recorded
 * exchange has opened, and has the rules and the fee of the reference exchange.
 */
export function standInExchange({
  apiKey,
  opened,
  asked,
  now,
}: {
  apiKey: string;
  /** As the replay knows them: with its own ids, and their times of today. */
  opened: OpenedEscrow[];
  /** The body of the first request to it. */
  asked: unknown;
  now: () => Date;
}): Exchange {
  const escrows = opened.flatMap(({ request, response }) => {
    const terms = requestSchema.safeParse(request).data;
    const made = responseSchema.safeParse(response).data;
    return terms === undefined || made === undefined ? [] : [{ terms, made }];
  });
  const held = escrows.reduce((sum, { made }) => sum + made.amount + made.fee_amount, 0);
  const payees = new Set([
    ...escrows.map(({ terms }) => terms.provider_id),
    ...[requestSchema.safeParse(asked).data?.provider_id].filter((id) => id !== undefined),
  ]);
  const account = (id: string, available: number, inEscrow: number) => ({
    id,
    botName: id,
    developerId: id,
    developerName: id,
    contactEmail: 'replay@example.com',
    description: null,
    skills: [],
    dailySpendLimit: null,
    createdAt: now(),
    available,
    held: inEscrow,
    earned: 0,
    spent: 0,
    reputation: 0.5,
    frozenUntil: null,
    transactions: [],
  });
  const state: ExchangeState = {
    version: 1,
    keys: { [apiKey]: PAYER },
    ledger: {
      treasury: 0,
      minted: TOKENS + held,
      accounts: [account(PAYER, TOKENS, held), ...[...payees].map((id) => account(id, 0, 0))],
      escrows: escrows.map(({ terms, made }) => ({
        id: made.escrow_id,
        requesterId: PAYER,
        providerId: terms.provider_id,
        amount: made.amount,
        fee: made.fee_amount,
        taskId: terms.task_id ?? null,
        taskType: terms.task_type ?? null,
        groupId: terms.group_id ?? null,
        dependsOn: null,
        deliverables: null,
        requiredAttestationLevel: null,
        credentialChain: null,
        createdAt: now(),
        expiresAt: made.expires_at,
        status: 'held',
        resolvedAt: null,
        delivery: null,
        dispute: null,
        partial: null,
      })),
      open: escrows.map(({ made }) => made.escrow_id),
      transactions: [],
    },
  };
  return createExchange({ now, state });
}

const requestSchema = z.object({
  provider_id: z.string(),
  task_id: z.string().nullish(),
  task_type: z.string().nullish(),
  group_id: z.string().nullish(),
});

const responseSchema = z.object({
  escrow_id: z.string(),
  amount: z.number(),
  fee_amount: z.number(),
  expires_at: z.coerce.date(),
});
