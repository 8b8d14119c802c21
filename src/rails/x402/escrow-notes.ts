import * as z from 'zod/v4';
import { paymentInfoSchema } from './payment-info';
import { address, bytes32 } from './schemas';

/** The stored data of an escrowed payment, with which any process of the payer can settle it. */
export const escrowNotesSchema = z.object({
  address,
  /** The payment's hash in the escrow contract. */
  hash: bytes32,
  info: paymentInfoSchema,
  /** The data that a relay needs with the payer's consent. Undefined if the seller captures. */
  consent: z
    .object({
      saltNonce: bytes32,
      maxTimeoutSeconds: z.int().positive(),
      operatorType: z.string().optional(),
    })
    .optional(),
});

export type EscrowNotes = z.output<typeof escrowNotesSchema>;
