import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';

/**
 * Progress messages become reasoning; of a message that is repeated with more text, only the new text is
 * emitted.
 */
export class ProgressText {
  text = '';
  /** The whole emitted text. */
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

  /** Adds text to the current progress message. */
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
