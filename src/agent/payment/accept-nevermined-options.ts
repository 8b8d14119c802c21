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

/** The seller's account. As for the buyer, `NVM_API_KEY` and `NVM_ENVIRONMENT` are read on each call. */
export interface AcceptNeverminedOptions extends NeverminedConnectionOptions {
  /** The agent's id at Nevermined. */
  agentId: string;
  /** The plan that pays for the agent. Give either this or `planIds`. */
  planId?: string | undefined;
  /** Several plans, each of which can pay for the agent. */
  planIds?: readonly string[] | undefined;
  /** The price of a call in whole credits; with `dynamic`, the maximum price. */
  credits: number;
  /** The agent's registered URL. Access tokens of version 3 are bound to it. */
  url: string;
  /** Description for the card. Default: `5 credits a call`, or `Up to 5 credits a call`. */
  costDescription?: string | undefined;
  /**
   * `fixed`: each call costs `credits`. `dynamic`: a call costs what the agent reports, at most `credits`,
   * and `credits` if it reports nothing. Default: `dynamic`.
   */
  paymentType?: 'fixed' | 'dynamic' | undefined;
  /** The payment scheme of the plans: stablecoin or card. Default: `nvm:erc4337`. */
  scheme?: 'nvm:erc4337' | 'nvm:card-delegation' | undefined;
  /**
   * The network of the plans: a CAIP-2 id, or the card provider. Default: the environment's chain, or
   * `stripe`.
   */
  network?: string | undefined;
  /**
   * The accepted access token versions. A token of version 2 can be used repeatedly: each call is charged,
   * and a replay cannot be distinguished from a call. Default: both.
   */
  tokens?: ReadonlyArray<2 | 3> | undefined;
  /** Whether requests that do not name the extension are refused. Default: `false`. */
  required?: boolean | undefined;
}

/** @throws InvalidArgumentError naming each unknown or invalid option. */
export function assertAcceptNeverminedOptions(options: AcceptNeverminedOptions): void {
  const schema = optionsOf<AcceptNeverminedOptions>(
    {
      // Keys and addresses are read on each call.
      apiKey: z.string('must be a string'),
      environment: z.custom<Exclude<AcceptNeverminedOptions['environment'], undefined>>(),
      backendUrl: z.string('must be a string'),
      organizationId: z.string('must be a string'),
      fetch: functionOf<typeof globalThis.fetch>(),
      timeoutMs: number('a number of milliseconds > 0', (value) => value > 0),
      agentId: text,
      planId: text,
      planIds: z.array(text, 'must be a list of plan ids'),
      credits: number('a whole number >= 0', (value) => Number.isSafeInteger(value) && value >= 0),
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
        .min(1, 'must contain a version: 2, 3 or both'),
      required: flag,
    },
    ['agentId', 'credits', 'url'],
  );
  assertOptions(schema, options, { before: 'acceptNevermined: ' });
}
