import { isRecord } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import {
  assertOptions,
  flag,
  functionOf,
  having,
  milliseconds,
  number,
  oneOf,
  optionsOf,
  text,
  wholeFrom,
} from '../../internal/option-schemas';
import type { SettlementRail } from '../../rails/rail';
import type { WaitUntil } from '../../internal/keep-alive';
import type { JournalStorage } from '../state/journal-storage';
import type { ApprovalOptions } from '../plan/assert-allowed';
import type { LabelRule } from '../plan/label-rules';
import type { Negotiate } from '../plan/negotiate';
import type { PriceOptions, PriceTerms } from '../plan/price';
import type { AgentFinder } from '../outcome/query-task';
import type { DeliveryOptions } from '../outcome/judge-delivery';
import type { ReceiptStore } from '../state/settlement-record';
import type { TelemetryOptions } from '../state/telemetry-options';
import type { Meter } from '../outcome/measure-use';
import { isVerify, verifyMessage, type Verify } from '../../internal/accepts-answer';
import { limitsSchema } from './limits-schema';
import type {
  SettlementAgentOptions,
  SettlementCallOptions,
  SettlementOptions,
} from './settlement-options';

let created: ReturnType<typeof createSchemas> | undefined;

function schemas() {
  return (created ??= createSchemas());
}

// Created on first use, not at module load: bundles that import only the provider can drop it.
function createSchemas() {
  const tokens = wholeFrom(0);
  const positive = number('a number > 0', (value) => value > 0 && Number.isFinite(value));
  const texts = z.array(text, 'must be a list of strings');

  const terms = optionsOf<PriceTerms>(
    {
      model: oneOf('per-request', 'per-unit', 'per-minute', 'negotiable'),
      baseTokens: tokens,
      unitSize: positive,
      maxTokens: tokens,
    },
    ['model'],
    'a whole number of tokens >= 0, a function, or terms such as { model: "per-unit", baseTokens: 5 }',
  )
    .refine(({ baseTokens, model }) => model === 'negotiable' || baseTokens !== undefined, {
      path: ['baseTokens'],
      error: 'must be set unless the price is negotiable',
    })
    .refine(
      ({ maxTokens, model, unitSize }) =>
        (maxTokens ?? unitSize) === undefined || model === 'per-unit' || model === 'per-minute',
      {
        path: ['model'],
        error: 'must be per-unit or per-minute if unitSize or maxTokens is set',
      },
    );

  const verify = z.custom<Verify>(isVerify, verifyMessage);

  /** Options that can be set for all agents or for one. */
  const common = {
    price: z.union([tokens, functionOf<() => number>(), terms]),
    maxTokens: tokens,
    maxTokensPerCall: tokens,
    negotiate: functionOf<Negotiate>(),
    verify,
    meter: functionOf<Meter>(),
    dispute: optionsOf<Required<DeliveryOptions>['dispute']>({ stake: wholeFrom(1) }, ['stake']),
    tokensPerCall: tokens,
    ttlMinutes: wholeFrom(1),
  } satisfies Record<keyof (PriceOptions & DeliveryOptions), z.ZodType> & Record<string, z.ZodType>;

  const agent = optionsOf<SettlementAgentOptions>({
    ...common,
    accountId: text,
    taskType: text,
    requiredAttestationLevel: oneOf('self_declared', 'signed', 'verifiable'),
  });

  const rail = having<SettlementRail>(
    'a rail such as exchangeRail()',
    'assertConfigured',
    'terms',
    'hold',
    'release',
    'refund',
    'decorate',
  ).refine(
    ({ capabilities }) => typeof capabilities === 'object',
    'must be a rail: it is missing capabilities',
  );

  const approval = {
    allow: optionsOf<Required<ApprovalOptions>['allow']>({ agents: texts, payees: texts }),
    approve: functionOf<Required<ApprovalOptions>['approve']>(),
    limits: limitsSchema(),
  };

  const settlement = optionsOf<SettlementOptions>({
    ...common,
    rail,
    rails: z
      .array(rail, 'must be a list of rails')
      .min(1, 'must contain at least one rail')
      .refine(
        (rails) => new Set(rails.map(({ name }) => name)).size === rails.length,
        'must not contain two rails of one name: a hold is settled by the rail with its stored name',
      ),
    apiKey: z.string('must be a string'),
    exchangeUrl: z.string('must be a string'),
    agents: z.record(z.string(), agent, 'must be an object of settings by model id'),
    enabled: flag,
    onHoldFailure: oneOf('proceed', 'throw'),
    onAbort: oneOf('refund', 'release', 'partial'),
    ...approval,
    byLabel: z.record(
      z.string(),
      z.record(z.string(), optionsOf<LabelRule>(approval), 'must be an object of rules by value'),
      'must be an object of rules by label and value, for example { team: { search: { limits: { perCall: 20 } } } }',
    ),
    receiptTimeoutMs: milliseconds,
    waitUntil: functionOf<WaitUntil>(),
    retry: optionsOf<Required<SettlementOptions>['retry']>({
      attempts: number(
        'a whole number >= 1, or Infinity',
        (value) => value >= 1 && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY),
      ),
      initialMs: number('a number of milliseconds >= 0', (value) => value >= 0 && value < Infinity),
      deadlineMs: milliseconds,
      parkMs: milliseconds,
    }),
    buffer: optionsOf<Required<SettlementOptions>['buffer']>({
      maxBytes: wholeFrom(0),
      maxWaitMs: milliseconds,
    }),
    provider: having<AgentFinder>('a provider such as createA2A()', 'languageModel'),
    journal: optionsOf<Required<SettlementOptions>['journal']>({
      storage: having<JournalStorage>(
        'an unstorage instance, createStorage({ driver })',
        'getItem',
        'setItem',
        'removeItem',
        'getKeys',
      ),
      writeAhead: flag,
    }),
    receipts: having<ReceiptStore>(
      'a receipt store such as receiptStore({ storage })',
      'append',
      'list',
    ),
    telemetry: optionsOf<TelemetryOptions>({
      labels: texts,
      recordInputs: flag,
      recordOutputs: flag,
    }),
  })
    .refine(
      ({ apiKey, exchangeUrl, ...given }) =>
        (given.rail ?? given.rails) === undefined ||
        (apiKey === undefined && exchangeUrl === undefined),
      {
        path: ['rail'],
        error:
          'must not be combined with apiKey or exchangeUrl, which configure the default rail. Pass them to the rail: exchangeRail({ apiKey, exchangeUrl })',
      },
    )
    .refine((given) => given.rail === undefined || given.rails === undefined, {
      path: ['rails'],
      error: 'must not be combined with rail. Add that rail to the list',
    });

  const call = optionsOf<SettlementCallOptions>({
    conversationId: text,
    labels: z.custom<Record<string, string>>(
      isLabels,
      'must be an object of at most 20 strings, for example { team: "search" }: names of 1 to 64 characters, values of 1 to 256',
    ),
  });

  return { settlement, call };
}

function isLabels(given: unknown): boolean {
  if (!isRecord(given)) return false;
  const labels = Object.entries(given);
  const isShort = (value: unknown, most: number) =>
    typeof value === 'string' && value.length >= 1 && value.length <= most;
  return labels.length <= 20 && labels.every(([name, of]) => isShort(name, 64) && isShort(of, 256));
}

/** @throws InvalidArgumentError naming each unknown or invalid option. */
export function assertSettlementOptions(options: unknown): void {
  assertOptions(schemas().settlement, options, { of: 'createSettlement' });
}

/**
 * Validates `providerOptions.settlement` of one call. The receipt of an earlier call is accepted in its place,
 * because applications pass the metadata of results back.
 *
 * @throws InvalidArgumentError as above: an ignored option about money would be a hidden mistake.
 */
export function assertCallOptions(options: { status?: unknown } = {}): void {
  if (typeof options.status === 'string') return;
  assertOptions(schemas().call, options, {
    at: 'providerOptions.settlement',
    before: 'The call was not sent. ',
  });
}
