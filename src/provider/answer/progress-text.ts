import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';

/** Progress is the agent thinking aloud; agents that repeat it with more get only the more shown. */
export class ProgressText {
  text = '';
  /** All that was shown. */
  whole = '';
  private readonly name: string;
  private count = 0;

  constructor(name = 'reasoning') {
    this.name = name;
  }

  say(text: string, providerMetadata: SharedV4ProviderMetadata): LanguageModelV4StreamPart[] {
    const delta = text.startsWith(this.text) ? text.slice(this.text.length) : text;
    this.text = text;
    return this.show(delta, providerMetadata);
  }

  /** More of what was said before. */
  add(delta: string, providerMetadata: SharedV4ProviderMetadata): LanguageModelV4StreamPart[] {
    this.text += delta;
    return this.show(delta, providerMetadata);
  }

  private show(
    delta: string,
    providerMetadata: SharedV4ProviderMetadata,
  ): LanguageModelV4StreamPart[] {
    if (delta === '') return [];
    this.whole += delta;
    const id = `${this.name}-${this.count++}`;
    return [
      { type: 'reasoning-start', id, providerMetadata },
      { type: 'reasoning-delta', id, delta },
      { type: 'reasoning-end', id, providerMetadata },
    ];
  }
}
