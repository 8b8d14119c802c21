import * as z from 'zod/v4';
import { toAmountUp } from '../../internal/decimal';
import type { Amount, SettlementRail } from '../../rails/rail';
import type { FinishedGeneration } from '../../internal/finished-generation';
import type { Metering, UseMetering } from '../state/journal-entry';

/**
 * Tokens that an answer is worth, or, in a currency with decimals, an amount of it; `undefined` leaves it to
 * the next source.
 */
export type Meter = (
  generation: FinishedGeneration,
) => Amount | undefined | Promise<Amount | undefined>;

/**
 * Whole tokens that were used, by the first source that can say: `meter`, the agent's own report, the
 * metering of the price. Undefined where none can: then all that is held was used. Reports and prices count
 * tokens, so in a currency with decimals only `meter` can say.
 *
 * A source that throws, or returns no valid amount, counts as one that cannot say. Never throws.
 */
export async function measureUse({
  decimals = 0,
  elapsedMs,
  generation,
  meter,
  metering,
  rail,
}: {
  /** Of the hold's currency. */
  decimals?: number | undefined;
  /** How long the agent took. */
  elapsedMs: number;
  /** Undefined when the answer was cut off on its way here. */
  generation: FinishedGeneration | undefined;
  meter: Meter | undefined;
  metering: Metering | undefined;
  rail: Pick<SettlementRail, 'reportedUse'>;
}): Promise<Amount | undefined> {
  if (decimals > 0) return measuredAmount(() => generation && meter?.(generation), decimals);
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
    // An agent that is paid by the unit, and reports none, is paid the base.
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

/** What is more than the places of the currency is rounded up. */
async function measuredAmount(
  source: () => ReturnType<Meter>,
  decimals: number,
): Promise<Amount | undefined> {
  try {
    const used = await source();
    return used === undefined ? undefined : toAmountUp(used, decimals);
  } catch {
    return undefined;
  }
}

async function tokens(source: () => ReturnType<Meter>): Promise<number | undefined> {
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
