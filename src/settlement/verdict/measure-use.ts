import { z } from 'zod/v4';
import type { SettlementRail } from '../../rails/rail';
import type { FinishedGeneration } from '../core/finished-generation';
import type { Metering } from '../price/price';

/** Tokens that an answer is worth; `undefined` leaves it to the next source. */
export type Meter = (
  generation: FinishedGeneration,
) => number | undefined | Promise<number | undefined>;

/**
 * Whole tokens that were used, by the first source that can say: `meter`, the agent's own report, the
 * metering of the price. Undefined where none can: then all that is held was used.
 *
 * A source that throws or talks nonsense counts as one that cannot say. Never throws.
 */
export async function measureUse({
  elapsedMs,
  generation,
  meter,
  metering,
  rail,
}: {
  /** How long the agent took. */
  elapsedMs: number;
  /** Undefined when the answer was cut off on its way here. */
  generation: FinishedGeneration | undefined;
  meter: Meter | undefined;
  metering: Metering | undefined;
  rail: Pick<SettlementRail, 'reportedUse'>;
}): Promise<number | undefined> {
  const metadata = generation?.providerMetadata?.['a2a']?.['metadata'];
  return (
    (await tokens(() => generation && meter?.(generation))) ??
    (await tokens(() => rail.reportedUse?.(metadata))) ??
    (await tokens(() => report.parse(metadata).creditsUsed)) ??
    (await tokens(() => metered()))
  );

  function metered(): number | undefined {
    if (metering === undefined) return undefined;
    const used = metering.of === 'milliseconds' ? elapsedMs : unitsOf(generation);
    // Who is paid by the unit and names none has one of them coming, and no more.
    if (used === undefined) return metering.baseTokens;
    // Multiplied first: 1100 units at 10 for 1000 are 11 tokens, not 11.000000000000002.
    return (used * metering.baseTokens) / metering.per;
  }
}

const report = z.object({
  creditsUsed: z.number().optional().catch(undefined),
  units: z.number().nonnegative().optional().catch(undefined),
});

function unitsOf(generation: FinishedGeneration | undefined): number | undefined {
  const own = report.safeParse(generation?.providerMetadata?.['a2a']?.['metadata']).data?.units;
  if (own !== undefined) return own;
  const input = generation?.usage.inputTokens.total;
  const output = generation?.usage.outputTokens.total;
  return input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0);
}

async function tokens(
  source: () => number | undefined | Promise<number | undefined>,
): Promise<number | undefined> {
  try {
    const used = await source();
    return typeof used === 'number' && Number.isFinite(used) && used >= 0
      ? roundUp(used)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A started token is a token; what only floating point has added is none. */
function roundUp(value: number): number {
  return Math.ceil(value - 1e-9 * Math.max(1, value)) || 0;
}
