import type { Message } from '@a2a-js/sdk';
import { z } from 'zod/v4';

const metadataSchema = z.looseObject({ skillId: z.string().optional().catch(undefined) });

/** The id of the skill that a message asks for, as its caller says. */
export function namedSkill({ metadata }: Pick<Message, 'metadata'>): string | undefined {
  return metadataSchema.safeParse(metadata).data?.skillId;
}
