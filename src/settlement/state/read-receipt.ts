import { isRecord } from '@ai-sdk/provider-utils';
import { isAmount, mostDecimals } from '../../internal/is-amount';
import { settlementErrorCodes, type Amount, type Proof } from '../../rails/rail';
import { receiptStatuses, unpaidReasons, type SettlementReceipt } from './settlement-receipt';

/**
 * Parses a receipt. Undefined if it has no status that this version knows. Fields that are not what they should
 * be are left out. Written by hand: pages parse receipts, and zod would be most of what they load for it.
 */
export function readReceipt(given: unknown, depth = 0): SettlementReceipt | undefined {
  if (!isRecord(given)) return undefined;
  const status = receiptStatuses.find((known) => known === given['status']);
  if (status === undefined) return undefined;
  const receipt: SettlementReceipt = { status };
  for (const name of texts) {
    const value = given[name];
    if (typeof value === 'string') receipt[name] = value;
  }
  for (const name of amounts) {
    const value: Amount | undefined = isAmount(given[name]) ? given[name] : undefined;
    if (value !== undefined) receipt[name] = value;
  }
  const { decimals, durationMs, earlier, proof, reason } = given;
  if (isDecimals(decimals)) receipt.decimals = decimals;
  if (isDuration(durationMs)) receipt.durationMs = durationMs;
  const proofs = listOf(proof, readProof);
  if (proofs !== undefined) receipt.proof = proofs;
  const before =
    depth < deepest ? listOf(earlier, (one) => readReceipt(one, depth + 1)) : undefined;
  if (before !== undefined) receipt.earlier = before;
  const why = [...settlementErrorCodes, ...unpaidReasons].find((known) => known === reason);
  if (why !== undefined) receipt.reason = why;
  return receipt;
}

const texts = ['escrowId', 'currency', 'payee', 'exchangeUrl', 'expiresAt', 'taskId'] as const;
const amounts = ['amount', 'fee', 'captured', 'returned', 'stake'] as const;

/** An earlier receipt has no earlier ones in turn. What a browser sends may contain any number. */
const deepest = 2;

function isDecimals(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= mostDecimals;
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function listOf<T>(value: unknown, read: (one: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map(read).filter((one) => one !== undefined);
}

function readProof(value: unknown): Proof | undefined {
  if (!isRecord(value)) return undefined;
  const { confirmedBy, network, transaction } = value;
  if (typeof transaction !== 'string' || typeof network !== 'string') return undefined;
  if (confirmedBy !== 'ledger' && confirmedBy !== 'agent') return undefined;
  return { transaction, network, confirmedBy };
}
