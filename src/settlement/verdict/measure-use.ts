import { z } from 'zod/v4';
import type { SettlementRail } from '../../rails/rail';
import type { FinishedGeneration } from '../core/finished-generation';
import type { Metering, UseMetering } from '../price/price';

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
    const use = metering?.of === 'skill' ? ofSkill(metering.prices, metadata) : metering;
    if (use === undefined) return undefined;
    if (use.of === 'requests') return use.baseTokens;
    const used = use.of === 'milliseconds' ? elapsedMs : unitsOf(generation);
    // Who is paid by the unit and names none has one of them coming, and no more.
    if (used === undefined) return use.baseTokens;
    // Multiplied first: 1100 units at 10 for 1000 are 11 tokens, not 11.000000000000002.
    return (used * use.baseTokens) / use.per;
  }
}

/** The price of the skill that an answer says it is of. */
function ofSkill(prices: Record<string, UseMetering>, metadata: unknown): UseMetering | undefined {
  const { skill, skillId = skill } = report.safeParse(metadata).data ?? {};
  return skillId !== undefined && Object.hasOwn(prices, skillId) ? prices[skillId] : undefined;
}

const report = z.object({
  creditsUsed: z.number().optional().catch(undefined),
  units: z.number().nonnegative().optional().catch(undefined),
  skillId: z.string().optional().catch(undefined),
  skill: z.string().optional().catch(undefined),
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
  const whole = Math.ceil(value - 1e-9 * Math.max(1, value)) || 0;
  // More than any hold has is all of it.
  return Math.min(whole, Number.MAX_SAFE_INTEGER);
}
