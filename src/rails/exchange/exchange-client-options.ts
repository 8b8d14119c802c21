export interface ExchangeCallOptions {
  /** Cancels the request; the signal's reason is thrown as it is. */
  abortSignal?: AbortSignal | undefined;
}

export interface ExchangePostOptions extends ExchangeCallOptions {
  /** At most 255 characters, unguessable, one for one body (a2a-se 1.4). */
  idempotencyKey?: string | undefined;
}

export interface RegisterOptions {
  botName: string;
  developerId: string;
  developerName: string;
  contactEmail: string;
  description?: string | undefined;
  skills?: string[] | undefined;
  inviteCode?: string | undefined;
  /** Whole tokens in 24 hours, refunded holds included. */
  dailySpendLimit?: number | undefined;
  accountType?: 'agent' | 'gateway' | undefined;
}

export interface EscrowOptions {
  providerId: string;
  /** Whole tokens, 1 to 10000, without the fee. */
  amount: number;
  taskId?: string | undefined;
  taskType?: string | undefined;
  ttlMinutes?: number | undefined;
  groupId?: string | undefined;
  dependsOn?: string[] | undefined;
  /** `self_declared`, `signed` or `verifiable`. */
  requiredAttestationLevel?: string | undefined;
}

/** The exchange gives 50 entries unless told otherwise. */
export interface PageOptions {
  limit?: number | undefined;
  offset?: number | undefined;
}

export interface ListEscrowsOptions extends PageOptions {
  taskId?: string | undefined;
  groupId?: string | undefined;
  /** `held`, `released`, `refunded`, `expired`, … */
  status?: string | undefined;
}
