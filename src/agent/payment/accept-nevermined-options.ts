import * as z from 'zod/v4';
import {
  assertOptions,
  flag,
  functionOf,
  number,
  oneOf,
  optionsOf,
  text,
} from '../../internal/option-schemas';
import type { NeverminedConnectionOptions } from '../../rails/nevermined/schemas';

/** The seller's account is read at each call, as the buyer's is: `NVM_API_KEY`, `NVM_ENVIRONMENT`. */
export interface AcceptNeverminedOptions extends NeverminedConnectionOptions {
  /** The agent, as it is registered at Nevermined. */
  agentId: string;
  /** The plan that pays for it. Either this, or `planIds`. */
  planId?: string | undefined;
  /** Several plans, any of which pays for it. */
  planIds?: readonly string[] | undefined;
  /** What a call costs, in whole credits; where the agent says what it used, the most that it costs. */
  credits: number;
  /** The agent's URL as it is registered: tokens of version 3 are bound to it. */
  url: string;
  /** For the card. Default: `5 credits a call`, or `Up to 5 credits a call`. */
  costDescription?: string | undefined;
  /**
   * `fixed`: each call costs `credits`. `dynamic`: it costs what the agent says it used, and `credits` at most,
   * also where it says nothing. Default: `dynamic`.
   */
  paymentType?: 'fixed' | 'dynamic' | undefined;
  /** Of the plans: paid with a stablecoin, or by card. Default: `nvm:erc4337`. */
  scheme?: 'nvm:erc4337' | 'nvm:card-delegation' | undefined;
  /** Of the plans: CAIP-2, or who takes the cards. Default: the chain of the environment, or `stripe`. */
  network?: string | undefined;
  /**
   * The token versions that are taken. One of version 2 can be shown again and again: each call is charged,
   * and no replay can be told from a call. Default: both.
   */
  tokens?: ReadonlyArray<2 | 3> | undefined;
  /** Whether callers that do not name the extension are refused. Default: `false`. */
  required?: boolean | undefined;
}

/** @throws InvalidArgumentError naming each option that does not exist, or is not what it should be. */
export function assertAcceptNeverminedOptions(options: AcceptNeverminedOptions): void {
  const schema = optionsOf<AcceptNeverminedOptions>(
    {
      // Keys and addresses are read at each call.
      apiKey: z.string('must be a text'),
      environment: z.custom<Exclude<AcceptNeverminedOptions['environment'], undefined>>(),
      backendUrl: z.string('must be a text'),
      organizationId: z.string('must be a text'),
      fetch: functionOf<typeof globalThis.fetch>(),
      timeoutMs: number('a number of milliseconds above 0', (value) => value > 0),
      agentId: text,
      planId: text,
      planIds: z.array(text, 'must be a list of the ids of plans'),
      credits: number(
        'a whole number from 0',
        (value) => Number.isSafeInteger(value) && value >= 0,
      ),
      url: z.custom<string>(
        (value) => typeof value === 'string' && URL.canParse(value),
        'must be a URL such as https://agents.example.com/baker',
      ),
      costDescription: text,
      paymentType: oneOf('fixed', 'dynamic'),
      scheme: oneOf('nvm:erc4337', 'nvm:card-delegation'),
      network: text,
      tokens: z
        .array(z.literal([2, 3], 'must be 2 or 3'), 'must be a list of versions such as [2, 3]')
        .min(1, 'must have a version: 2, 3 or both'),
      required: flag,
    },
    ['agentId', 'credits', 'url'],
  );
  assertOptions(schema, options, { before: 'acceptNevermined: ' });
}
