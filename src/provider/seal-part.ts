import type { SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type { ConversationSeals } from './message/conversation-seals';

/** A part, or a result, with the conversation sealed in its metadata. */
export async function sealPart<
  PART extends { type?: string; providerMetadata?: SharedV4ProviderMetadata | undefined },
>(part: PART, seal: ReturnType<ConversationSeals['sealer']>): Promise<PART> {
  const providerMetadata = await seal(part.providerMetadata);
  return providerMetadata === undefined ? part : { ...part, providerMetadata };
}
