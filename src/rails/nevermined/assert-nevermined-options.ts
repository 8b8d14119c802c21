import * as z from 'zod/v4';
import { assertOptions, flag, functionOf, number, optionsOf } from '../../internal/option-schemas';
import type { NeverminedDelegation, NeverminedOptions } from './nevermined-options';

let schema: z.ZodType | undefined;

/**
 * @throws InvalidArgumentError naming each unknown or invalid option. Keys and addresses are read on each
 * call.
 */
export function assertNeverminedOptions(options: NeverminedOptions): void {
  // Created on demand, so that importing this module stays cheap.
  schema ??= optionsOf<NeverminedOptions>({
    apiKey: z.string('must be a string'),
    environment: z.custom<Exclude<NeverminedOptions['environment'], undefined>>(),
    backendUrl: z.string('must be a string'),
    organizationId: z.string('must be a string'),
    fetch: functionOf<typeof globalThis.fetch>(),
    timeoutMs: milliseconds,
    delegation: z.custom<NeverminedDelegation>(
      (value) => typeof value === 'object' && value !== null,
      'must be `{ id }`, or the terms of a delegation',
    ),
    planId: z.custom<string | readonly string[]>(isTexts, 'must be a string, or a list of strings'),
    autoOrder: flag,
    tokenVersion: z.literal([2, 3], 'must be 2 or 3'),
    tokenTtlMs: number('a number of milliseconds >= 0', (value) => value >= 0),
    resourceUrl: z.string('must be a string'),
    now: functionOf<Exclude<NeverminedOptions['now'], undefined>>(),
  });
  assertOptions(schema, options, { of: 'nevermined' });
}

const milliseconds = number('a number of milliseconds > 0', (value) => value > 0);

function isTexts(value: unknown): boolean {
  return [value].flat().every((one) => typeof one === 'string');
}
