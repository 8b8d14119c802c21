import * as z from 'zod/v4';
import {
  assertOptions,
  functionOf,
  optionsOf,
  text,
  wholeFrom,
} from '../../internal/option-schemas';
import { onDemand } from '../../internal/on-demand';
import { loadExchangeUrl } from './exchange-settings';

/** The account to open. */
export interface RegisterAccountOptions {
  /** The account's name, unique on the exchange. */
  name: string;
  /** Where the exchange can reach you. */
  email: string;
  /** The exchange's URL. Default: `A2A_EXCHANGE_URL`, else `https://sandbox.a2a-settlement.org`. */
  exchangeUrl?: string | undefined;
  /** Who runs the account. Default: `name`. */
  developerName?: string | undefined;
  /** Default: `name`. */
  developerId?: string | undefined;
  description?: string | undefined;
  /** What an agent can do: ids of skills. */
  skills?: string[] | undefined;
  /** For exchanges that require one. */
  inviteCode?: string | undefined;
  /** Whole tokens held in 24 hours, including refunded ones. Default: no limit. */
  dailySpendLimit?: number | undefined;
  /** Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
}

/** An account that was opened. */
export interface RegisteredAccount {
  /** The exchange's URL, as it was given. */
  exchangeUrl: string;
  accountId: string;
  /** Whoever has it spends the account's tokens. The exchange shows it only now: store it as a secret. */
  apiKey: string;
  /** The tokens that the account begins with. */
  starterTokens: number;
}

let schema: z.ZodType | undefined;

/**
 * Opens an account on an A2A Settlement Exchange, for paying or for being paid, as `a2a-settlement register` does.
 *
 * The request is sent once. If its response is lost, the name may be taken by an account whose key nobody knows:
 * register under another name then.
 *
 * @throws InvalidArgumentError for unknown or invalid options.
 * @throws SettlementError `VALIDATION` for an invalid e-mail address, and the exchange's errors: for a name that is
 * taken, a missing invite code, too many registrations (`RATE_LIMITED`).
 *
 * @example
 * ```ts
 * const { apiKey } = await registerAccount({ name: 'my-app', email: 'me@example.com' });
 * const settlement = createSettlement({ apiKey });
 * ```
 */
export async function registerAccount(options: RegisterAccountOptions): Promise<RegisteredAccount> {
  // Created on first use, not at module load: bundles that import only the provider can drop it.
  schema ??= optionsOf<RegisterAccountOptions>(
    {
      name: text,
      email: text,
      exchangeUrl: z.string('must be a string'),
      developerName: text,
      developerId: text,
      description: z.string('must be a string'),
      skills: z.array(z.string('must be a string'), 'must be a list of strings'),
      inviteCode: z.string('must be a string'),
      dailySpendLimit: wholeFrom(0),
      fetch: functionOf<typeof globalThis.fetch>(),
    },
    ['name', 'email'],
  );
  assertOptions(schema, options, { of: 'registerAccount' });
  const { developerId, developerName, email, fetch, name, ...others } = options;
  const { createExchangeClient } = await loadClient();
  const exchangeUrl = loadExchangeUrl(options.exchangeUrl);
  const { account, apiKey, starterTokens } = await createExchangeClient({
    url: exchangeUrl,
    fetch,
  }).register({
    ...others,
    botName: name,
    contactEmail: email,
    developerName: developerName ?? name,
    developerId: developerId ?? name,
  });
  return { exchangeUrl, accountId: account.id, apiKey, starterTokens };
}

const loadClient = /* @__PURE__ */ onDemand('the exchange', () => import('./exchange-client'));
