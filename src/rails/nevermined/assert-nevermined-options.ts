import * as z from 'zod/v4';
import { assertOptions, flag, functionOf, number, optionsOf } from '../../internal/option-schemas';
import type { NeverminedDelegation, NeverminedOptions } from './nevermined-options';

let schema: z.ZodType | undefined;

/**
 * @throws InvalidArgumentError naming each option that does not exist, or is not what it should be. Keys and
 * addresses are read at each call.
 */
export function assertNeverminedOptions(options: NeverminedOptions): void {
  // Not made where this module is loaded: it costs whoever has no such rail nothing.
  schema ??= optionsOf<NeverminedOptions>({
    apiKey: z.string('must be a text'),
    environment: z.custom<Exclude<NeverminedOptions['environment'], undefined>>(),
    backendUrl: z.string('must be a text'),
    organizationId: z.string('must be a text'),
    fetch: functionOf<typeof globalThis.fetch>(),
    timeoutMs: milliseconds,
    delegation: z.custom<NeverminedDelegation>(
      (value) => typeof value === 'object' && value !== null,
      'must be `{ id }`, or the terms of a delegation',
    ),
    planId: z.custom<string | readonly string[]>(isTexts, 'must be a text, or a list of texts'),
    autoOrder: flag,
    tokenVersion: z.literal([2, 3], 'must be 2 or 3'),
    tokenTtlMs: number('a number of milliseconds from 0', (value) => value >= 0),
    resourceUrl: z.string('must be a text'),
    now: functionOf<Exclude<NeverminedOptions['now'], undefined>>(),
  });
  assertOptions(schema, options, { of: 'nevermined' });
}

const milliseconds = number('a number of milliseconds above 0', (value) => value > 0);

function isTexts(value: unknown): boolean {
  return [value].flat().every((one) => typeof one === 'string');
}
