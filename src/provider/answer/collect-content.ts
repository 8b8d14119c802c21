import type { LanguageModelV4Content, LanguageModelV4StreamPart } from '@ai-sdk/provider';

/** Builds the content of a whole answer from its stream parts. */
export function collectContent(parts: LanguageModelV4StreamPart[]): LanguageModelV4Content[] {
  const content: LanguageModelV4Content[] = [];
  const open = new Map<string, Extract<LanguageModelV4Content, { type: 'text' | 'reasoning' }>>();
  for (const part of parts) {
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start': {
        const block = { type: blockType(part.type), text: '' };
        open.set(part.id, block);
        content.push(block);
        break;
      }
      case 'text-delta':
      case 'reasoning-delta': {
        const block = open.get(part.id);
        if (block !== undefined) block.text += part.delta;
        break;
      }
      case 'text-end':
      case 'reasoning-end': {
        const block = open.get(part.id);
        if (block !== undefined && part.providerMetadata !== undefined) {
          block.providerMetadata = part.providerMetadata;
        }
        break;
      }
      case 'file':
      case 'source':
      case 'custom':
        content.push(part);
        break;
      default:
        break;
    }
  }
  return content;
}

function blockType(type: 'text-start' | 'reasoning-start'): 'text' | 'reasoning' {
  return type === 'text-start' ? 'text' : 'reasoning';
}
