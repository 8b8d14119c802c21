import type { Hold, MessageDecoration, PriceOffer } from '../rail';
import { SETTLEMENT_EXTENSION_URI, SETTLEMENT_METADATA_KEY } from './schemas';

/** Tells an agent of its escrow. */
export function decorate(
  hold: Hold,
  { agreedPrice }: { agreedPrice?: number | undefined } = {},
): MessageDecoration {
  return {
    metadata: {
      [SETTLEMENT_METADATA_KEY]: {
        escrowId: hold.escrowId,
        amount: hold.amount,
        feeAmount: hold.fee,
        exchangeUrl: hold.exchangeUrl,
        expiresAt: hold.expiresAt.toISOString(),
        ...(agreedPrice !== undefined && { agreedPrice }),
      },
    },
    extensions: [SETTLEMENT_EXTENSION_URI],
  };
}

export function decorateOffer(offer: PriceOffer): MessageDecoration {
  return {
    metadata: Object.keys(offer).length === 0 ? {} : { [SETTLEMENT_METADATA_KEY]: { ...offer } },
    extensions: [SETTLEMENT_EXTENSION_URI],
  };
}
