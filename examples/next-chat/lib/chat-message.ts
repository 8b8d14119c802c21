import type { UIMessage } from 'ai';
import * as z from 'zod';

/** A price that a user has agreed to pay to an agent. */
export const approvalSchema = z.object({
  /** The agent's URL. */
  agent: z.string(),
  /** Excluding the fee. A decimal string. */
  amount: z.string().regex(/^\d+(\.\d+)?$/),
  currency: z.string(),
});
export type Approval = z.infer<typeof approvalSchema>;

/** What the page says about an error. */
const problemSchema = z.object({
  message: z.string(),
  /** The state of the task, or the code of the error. */
  code: z.string().optional(),
  /** The user has to agree to this price first. */
  approval: approvalSchema.optional(),
});
export type Problem = z.infer<typeof problemSchema>;

const metadataSchema = z.object({
  /** Who answers: an id of `agents`. */
  agent: z.string().optional(),
  warnings: z.array(z.string()).optional(),
});

/** What `validateUIMessages` checks of the messages of a browser. */
export const messageSchemas = {
  metadataSchema: metadataSchema.optional(),
  dataSchemas: { problem: problemSchema },
};

export type ChatMessage = UIMessage<z.infer<typeof metadataSchema>, { problem: Problem }>;
