import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isRecord } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import type { Settlement } from '../../settlement/settlement';
import type { JournalStorage } from '../../settlement/state/journal-storage';
import type { ReceiptStore } from '../../settlement/state/settlement-record';
import { UsageError } from '../cli-context';

/** What a module of the user exports. */
export interface DashboardConfig {
  settlement?: Pick<Settlement, 'balance' | 'holds' | 'reconcile'> | undefined;
  receipts?: ReceiptStore | undefined;
  journal?: JournalStorage | undefined;
}

/**
 * Loads a module that exports `settlement`, `receipts` and `journal`, or an object with them as its default.
 *
 * @throws UsageError if it cannot be loaded, exports none of these, or exports something else under a name.
 */
export async function loadConfig(path: string): Promise<DashboardConfig> {
  const loaded: unknown = await import(pathToFileURL(resolve(path)).href).catch(
    (cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new UsageError(`${path} could not be loaded: ${why}`, { cause });
    },
  );
  const { success, data, error } = config.safeParse(exportsOf(loaded));
  if (!success) {
    throw new UsageError(`${path}: ${error.issues.map(({ message }) => message).join(' ')}`);
  }
  if (data.settlement === undefined && data.receipts === undefined) {
    throw new UsageError(`${path} must export settlement, receipts, or both.`);
  }
  return data;
}

function exportsOf(loaded: unknown): unknown {
  if (!isRecord(loaded)) return loaded;
  const named = ['settlement', 'receipts', 'journal'].some((name) => name in loaded);
  return named ? loaded : loaded['default'];
}

const config = z.object(
  {
    settlement: exported<NonNullable<DashboardConfig['settlement']>>(
      ['balance', 'holds', 'reconcile'],
      '`settlement` must be what createSettlement() returned.',
    ),
    receipts: exported<ReceiptStore>(
      ['append', 'list'],
      '`receipts` must be what receiptStore() returned.',
    ),
    journal: exported<JournalStorage>(
      ['getItem', 'setItem', 'removeItem', 'getKeys'],
      '`journal` must be the storage of the journal.',
    ),
  },
  'It must export settlement, receipts, or both.',
);

function exported<T>(methods: string[], message: string) {
  return z
    .custom<T>(
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        methods.every((name) => typeof Reflect.get(value, name) === 'function'),
      message,
    )
    .optional();
}
