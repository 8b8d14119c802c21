import { SettlementError, type SettlementRail } from '../../rails/rail';

/** A rail that could not be asked. */
export interface FailedRail {
  /** The rail's name. */
  rail: string;
  error: SettlementError;
}

/** Asks all rails at once. An error of one rail does not hide the answers of the others. */
export async function askRails<T>(
  rails: readonly SettlementRail[],
  ask: (rail: SettlementRail) => Promise<T>,
): Promise<{ answers: { rail: SettlementRail; answer: T }[]; failed: FailedRail[] }> {
  const answers: { rail: SettlementRail; answer: T }[] = [];
  const failed: FailedRail[] = [];
  // In the order of the rails, whichever answers first.
  const asked = await Promise.allSettled(rails.map(async (rail) => ask(rail)));
  for (const [index, rail] of rails.entries()) {
    const result = asked[index];
    if (result?.status === 'fulfilled') answers.push({ rail, answer: result.value });
    else failed.push({ rail: rail.name, error: asSettlementError(rail, result?.reason) });
  }
  return { answers, failed };
}

function asSettlementError({ name }: SettlementRail, cause: unknown): SettlementError {
  if (SettlementError.isInstance(cause)) return cause;
  const message = `The rail "${name}" could not be asked.`;
  return new SettlementError({ code: 'UNKNOWN', message, cause });
}
