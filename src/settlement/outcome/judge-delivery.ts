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
   * Whether an answer is worth its price. What is refused is refunded, for the reason
   * `verification-failed`; a function that throws refuses, and an `error` event tells of it.
   *
   * It decides about the money alone: the result, or what a stream has shown by then, stays.
   */
  verify?: Verify;
  /** Disputes what `verify` refuses, instead of refunding it, on rails that know disputes. */
  dispute?: {
    /** Whole tokens put up beside the hold, lost if the ruling goes against you. Exchange: at least 10. */
    stake: number;
  };
  /**
   * Whole tokens an answer is worth, or, in a currency with decimals, an amount of it (`'0.12'`); more than is
   * held is paid as held, 0 is refunded. Default: what the agent reports (`creditsUsed` in its metadata), else
   * what the price makes of units or minutes (of units that nobody reports: the base), else all that is held;
   * in a currency with decimals all that is held.
   */
  meter?: Meter;
}

/** The options of one agent, each before the one of all agents. */
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

/**
 * What becomes of a hold whose agent delivered: whether the answer is accepted, and how much of the
 * hold it used. Other outcomes stand as they are. Never throws.
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
    /** Undefined when the answer was cut off on its way here: nobody can judge it then. */
    generation: FinishedGeneration | undefined;
    hold: Hold;
    metering: Metering | undefined;
    /** The ledger's time, in milliseconds since 1970. */
    now: number;
    /** Is told when `verify` fails. */
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

/** @throws SettlementError `VERIFY_FAILED` when `verify` itself fails. */
async function verifyGeneration(verify: Verify, generation: FinishedGeneration): Promise<boolean> {
  try {
    return await acceptsAnswer(verify, generation);
  } catch (cause) {
    throw new SettlementError({
      code: 'VERIFY_FAILED',
      message: `\`verify\` failed on an answer of agent "${generation.agent}", which is not paid for.`,
      cause,
    });
  }
}

/** A meter that does not end in time counts as one that cannot say. */
export function meterBeforeLapse(
  hold: Hold,
  now: number,
  meter: Meter | undefined,
): Meter | undefined {
  return meter && ((finished) => beforeLapse(hold, now, meter(finished)));
}

/** Left for the settlement itself. */
const marginMs = 30_000;

/** A check that does not end in time must not keep the hold until it lapses. */
export async function beforeLapse<T>(
  { expiresAt }: Hold,
  now: number,
  judgement: T | Promise<T>,
): Promise<T> {
  const leftMs = Math.max(expiresAt.getTime() - now - marginMs, 1000);
  const late = () =>
    new SettlementError({
      code: 'TIMEOUT',
      message: '`verify` or `meter` has not ended, and the hold is about to lapse.',
    });
  return withTimeout(Promise.resolve(judgement), leftMs, late);
}
