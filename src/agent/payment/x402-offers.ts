import { redactCause } from '../../internal/redact-cause';
import { withDeadline } from '../../internal/with-deadline';
import { toNetwork } from '../../rails/x402/schemas';
import type { ReadX402 } from './read-x402-payment';
import type {
  X402Asked,
  X402Offer,
  X402Requirements,
  X402ResourceServer,
} from './x402-resource-server';

/** One offer as created at a certain time, and its currency. */
export interface MadeOffer {
  requirements: X402Requirements;
  decimals: number;
}

/**
 * An agent's offers. Offers with deadlines are created for fixed time steps, so that every machine can
 * recreate them and no state is stored.
 */
export function createX402Offers({
  now,
  offers,
  server,
  timeoutMs,
}: {
  now: () => number;
  offers: readonly X402Offer[];
  server: X402ResourceServer;
  timeoutMs: number;
}) {
  let ready: Promise<void> | undefined;
  /** Offers without deadlines. */
  const fixed = new Map<X402Offer, Promise<MadeOffer[]>>();

  /** Initializes the server once, and again after a failure. */
  const initialize = () => {
    ready ??= within(timeoutMs, () => server.initialize()).catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    return ready;
  };

  const make = async (offer: X402Offer, asked: X402Asked): Promise<MadeOffer[]> => {
    await initialize();
    const { decimals: own, extra, ...rest } = offer;
    const more = typeof extra === 'function' ? extra(asked) : extra;
    const whole = { ...rest, ...(more !== undefined && { extra: more }) };
    const made = await within(timeoutMs, () => server.buildPaymentRequirements(whole));
    return made.map((requirements) => ({
      requirements,
      decimals: own ?? server.getAssetDecimalsForRequirements(requirements),
    }));
  };

  const makeFixed = (offer: X402Offer): Promise<MadeOffer[]> => {
    const known = fixed.get(offer);
    if (known !== undefined) return known;
    const made = make(offer, { at: new Date(0), payer: undefined }).catch((error: unknown) => {
      fixed.delete(offer);
      throw error;
    });
    fixed.set(offer, made);
    return made;
  };

  const all = async (
    timesOf: (offer: X402Offer) => number[],
    payer: string | undefined,
  ): Promise<MadeOffer[]> => {
    const made = offers.flatMap((offer) =>
      typeof offer.extra === 'function'
        ? timesOf(offer).map((at) => make(offer, { at: new Date(at), payer }))
        : [makeFixed(offer)],
    );
    return (await Promise.all(made)).flat();
  };

  return {
    /** @throws if the facilitator does not report its capabilities, or the server cannot create an offer. */
    async current(payer?: string): Promise<MadeOffer[]> {
      const made = await all((offer) => [stepOf(offer, now())], payer);
      if (made.length > 0) return made;
      const asked = offers.map(({ network, scheme }) => `${scheme} on ${network}`).join(', ');
      throw new Error(`The server created no offer: no scheme is registered for ${asked}.`);
    },

    /**
     * The own offers that a payment matches. The offer that the payment claims to accept is not trusted. A
     * version 1 payment names none, and may match several.
     */
    async find(payment: ReadX402, payer: string): Promise<MadeOffer[]> {
      if (payment.x402Version === 1) {
        const current = await all((offer) => [stepOf(offer, now())], payer);
        const network = toNetwork(payment.network);
        return current.filter(
          ({ requirements }) =>
            requirements.scheme === payment.scheme && requirements.network === network,
        );
      }
      const open = await all((offer) => openSteps(offer, now()), payer);
      const requirements = open.map((one) => one.requirements);
      const wanted = server.findMatchingRequirements(requirements, payment);
      return open.filter((one) => one.requirements === wanted);
    },
  };
}

/** Waits with a timeout, because a facilitator may never respond. */
export function within<ANSWER>(timeoutMs: number, ask: () => Promise<ANSWER>): Promise<ANSWER> {
  return withDeadline(
    {
      timeoutMs,
      timeoutError: () => new Error('The facilitator did not respond.'),
      networkError: (error) => {
        // The error is passed to listeners, so it must not contain the request.
        const cause = redactCause(error, (said) => said.slice(0, 500));
        return new Error('The facilitator could not be reached.', { cause });
      },
    },
    ask,
  );
}

/** How long an offer stays the same, in milliseconds. */
function stepMs({ maxTimeoutSeconds = DEFAULT_TIMEOUT_SECONDS }: X402Offer): number {
  return Math.max(60_000, Math.ceil((maxTimeoutSeconds * 1000) / 8));
}

function stepOf(offer: X402Offer, now: number): number {
  return now - (now % stepMs(offer));
}

/**
 * The time steps whose offers can be paid now, with allowance for the age of a signature and for clock
 * differences.
 */
function openSteps(offer: X402Offer, now: number): number[] {
  const { maxTimeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = offer;
  const step = stepMs(offer);
  const last = stepOf(offer, now) + step;
  const count = Math.ceil((maxTimeoutSeconds * 1000) / step) + 3;
  return Array.from({ length: count }, (_, index) => last - index * step);
}

/** The default of `x402ResourceServer`. */
const DEFAULT_TIMEOUT_SECONDS = 300;
