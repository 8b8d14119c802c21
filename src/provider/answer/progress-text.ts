import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';

/** Progress is the agent thinking aloud; agents that repeat it with more get only the more shown. */
export class ProgressText {
  text = '';
  private count = 0;

  say(text: string, providerMetadata: SharedV4ProviderMetadata): LanguageModelV4StreamPart[] {
    const delta = text.startsWith(this.text) ? text.slice(this.text.length) : text;
    if (delta === '') return [];
    this.text = text;
    const id = `reasoning-${this.count++}`;
    return [
      { type: 'reasoning-start', id, providerMetadata },
      { type: 'reasoning-delta', id, delta },
      { type: 'reasoning-end', id, providerMetadata },
    ];
  }
}
