import * as z from 'zod/v4';

const metadataSchema = z.looseObject({ skillId: z.string().optional().catch(undefined) });

/** The id of the skill that a message requests in its metadata. */
export function namedSkill({ metadata }: { metadata?: unknown }): string | undefined {
  return metadataSchema.safeParse(metadata).data?.skillId;
}
