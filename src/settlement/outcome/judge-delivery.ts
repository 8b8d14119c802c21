import { SettlementError, type Hold, type SettlementRail } from '../../rails/rail';
import { agentSettings } from '../state/agent-settings';
import { capabilitiesOf } from '../state/capabilities-of';
import type { FinishedGeneration } from '../../internal/finished-generation';
import type { Outcome } from '../state/settlement-state';
import { withTimeout } from '../../internal/with-timeout';
import type { Metering } from '../state/journal-entry';
import { measureUse, type Meter } from './measure-use';
import { acceptsAnswer, type Verify } from '../../internal/accepts-answer';

export interface DeliveryOptions {
  /**
   * Decides whether an answer is worth its price. A rejected answer is refunded, with the reason
   * `verification-failed`; if the function throws, the answer is rejected and an `error` event is emitted.
   *
   * It decides about the payment only: the result, or the output that was already streamed, is not changed.
   * Default: every answer of a completed task is accepted.
   */
  verify?: Verify;
  /** Disputes a rejected answer instead of refunding it, on rails that support disputes. Default: refunds it. */
  dispute?: {
    /**
     * Whole tokens put up in addition to the hold, lost if the ruling is against you. Exchange: at least 10.
     */
    stake: number;
  };
  /**
   * The value of an answer in whole tokens, or, in a currency with decimals, as an amount (`'0.12'`). A value
   * above the hold pays the whole hold, 0 refunds it. Default: the agent's report (`creditsUsed` in its
   * metadata), else the price by units or minutes (the base, if no units are reported), else the whole hold; in
   * a currency with decimals the whole hold.
   */
  meter?: Meter;
}

/** The options of one agent, each with the common option as its default. */
export function deliveryOptionsOf(
  agent: string,
  options: DeliveryOptions & { agents?: Record<string, DeliveryOptions> },
): DeliveryOptions {
  const { dispute, meter, verify } = { ...options, ...agentSettings(options.agents, agent) };
  return {
    ...(dispute !== undefined && { dispute }),
    ...(meter !== undefined && { meter }),
    ...(verify !== undefined && { verify }),
  };
}

/** Whether the application decides what an answer is worth. */
export function isJudging({ meter, verify }: DeliveryOptions): boolean {
  return meter !== undefined || verify !== undefined;
}

/**
 * The outcome of a hold whose agent delivered: whether the answer is accepted, and how much of the hold it
 * used. Other outcomes are returned unchanged. Never throws.
 */
export async function judgeDelivery(
  outcome: Outcome,
  {
    elapsedMs,
    generation,
    hold,
    metering,
    now,
    onError,
    options: { dispute, meter, verify },
    rail,
  }: {
    elapsedMs: number;
    /** Undefined if the answer was cut off in transit: it cannot be judged then. */
    generation: FinishedGeneration | undefined;
    hold: Hold;
    metering: Metering | undefined;
    /** The ledger's time, in milliseconds since 1970. */
    now: number;
    /** Called if `verify` fails. */
    onError: (error: SettlementError) => void;
    options: DeliveryOptions;
    rail: SettlementRail;
  },
): Promise<Outcome> {
  if (outcome.type !== 'delivered') return outcome;
  if (generation !== undefined && verify !== undefined) {
    const isAccepted = await beforeLapse(hold, now, verifyGeneration(verify, generation)).catch(
      (error: unknown) => {
        if (SettlementError.isInstance(error)) onError(error);
        return false;
      },
    );
    if (!isAccepted) {
      const stake = rail.dispute === undefined ? undefined : dispute?.stake;
      const reason = 'verification-failed';
      return { type: 'failed', reason, ...(stake !== undefined && { stake }) };
    }
  }
  if (!capabilitiesOf(rail, hold).partialRelease) return outcome;
  const timed = meterBeforeLapse(hold, now, meter);
  const { decimals } = hold;
  const measured = { elapsedMs, generation, meter: timed, metering, rail, decimals };
  const amount = await measureUse(measured);
  return amount === undefined ? outcome : { type: 'delivered', amount };
}

/** @throws SettlementError `VERIFY_FAILED` if `verify` itself fails. */
async function verifyGeneration(verify: Verify, generation: FinishedGeneration): Promise<boolean> {
  try {
    return await acceptsAnswer(verify, generation);
  } catch (cause) {
    throw new SettlementError({
      code: 'VERIFY_FAILED',
      message: `\`verify\` failed on an answer of agent "${generation.agent}", so the answer is not paid.`,
      cause,
    });
  }
}

/** A meter that does not finish in time counts as one without a result. */
export function meterBeforeLapse(
  hold: Hold,
  now: number,
  meter: Meter | undefined,
): Meter | undefined {
  return meter && ((finished) => beforeLapse(hold, now, meter(finished)));
}

/** Milliseconds reserved for the settlement itself. */
const marginMs = 30_000;

/** A check that does not finish in time must not keep the hold until it expires. */
export async function beforeLapse<T>(
  { expiresAt }: Hold,
  now: number,
  judgement: T | Promise<T>,
): Promise<T> {
  const leftMs = Math.max(expiresAt.getTime() - now - marginMs, 1000);
  const late = () =>
    new SettlementError({
      code: 'TIMEOUT',
      message: '`verify` or `meter` has not finished, and the hold is about to expire.',
    });
  return withTimeout(Promise.resolve(judgement), leftMs, late);
}
