import * as z from 'zod/v4';
import { paymentInfoSchema } from './payment-info';
import { address, bytes32 } from './schemas';

/** What is kept of an escrowed payment, so that any process of the payer can settle it. */
export const escrowNotesSchema = z.object({
  address,
  /** The escrow's own name for the payment. */
  hash: bytes32,
  info: paymentInfoSchema,
  /** What a relay has to show with the payer's consent. Absent where the seller captures. */
  consent: z
    .object({
      saltNonce: bytes32,
      maxTimeoutSeconds: z.int().positive(),
      operatorType: z.string().optional(),
    })
    .optional(),
});

export type EscrowNotes = z.output<typeof escrowNotesSchema>;
