import { InvalidArgumentError, type SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { loadOptionalSetting } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import { hmacSha256 } from '../../internal/hmac-sha256';
import { isSameSecret } from '../../internal/is-same-secret';

/**
 * How a conversation in returned messages is verified.
 *
 * - `{ secret }`: answers are sealed with this secret of at least 32 characters. In a list, the first secret
 *   seals and all are accepted, so that a secret can be rotated. Default: `A2A_CONVERSATION_SECRET`, else a
 *   random secret of this process.
 * - `'unsealed'`: any conversation in the messages is trusted. Only for messages that never leave the server.
 */
export type A2AConversationSealing = 'unsealed' | { secret?: string | string[] | undefined };

/** The sealed data of an answer: its conversation, and whether its task waits. */
const conversationMark = z.looseObject({
  agent: z.string().optional(),
  contextId: z.string().min(1),
  taskId: z.string().min(1).optional(),
  state: z.string().optional(),
  /** `false`: the agent responded with another context id than it was sent. Not sealed. */
  keepsContext: z.boolean().optional(),
  seal: z.string().optional(),
});

export type ConversationMark = z.infer<typeof conversationMark>;

export function readMark(
  metadata: SharedV4ProviderMetadata | undefined,
): ConversationMark | undefined {
  return conversationMark.safeParse(metadata?.['a2a']).data;
}

/** Seals the conversations of one agent, and verifies the seals. */
export class ConversationSeals {
  readonly agent: string;
  private readonly address: string;
  private readonly options: A2AConversationSealing;

  constructor({
    agent,
    address,
    options = {},
  }: {
    /** The model id. */
    agent: string;
    /** The agent's configured URL: the same name may stand for another agent elsewhere. */
    address: string;
    options: A2AConversationSealing | undefined;
  }) {
    this.agent = agent;
    this.address = address;
    this.options = options;
  }

  /** Whether conversations in messages need a valid seal. */
  get isSealing(): boolean {
    return this.options !== 'unsealed';
  }

  /**
   * Called before a request whose answer could not be sealed.
   *
   * @throws InvalidArgumentError if a secret is too short.
   */
  assertSecrets(): void {
    this.secrets();
  }

  /**
   * Seals the metadata of one call's parts. Equal metadata is sealed once.
   *
   * @param subject the owner of the conversation.
   */
  sealer(subject: string | undefined) {
    const known = new Map<string, Promise<string>>();
    return async (
      metadata: SharedV4ProviderMetadata | undefined,
    ): Promise<SharedV4ProviderMetadata | undefined> => {
      const mark = readMark(metadata);
      const [secret] = this.secrets();
      if (mark === undefined || secret === undefined) return metadata;
      const text = this.textOf(mark, subject);
      const sealing = known.get(text) ?? sealOf(secret, text);
      known.set(text, sealing);
      return { ...metadata, a2a: { ...metadata?.['a2a'], seal: await sealing } };
    };
  }

  /** Whether this application sealed that mark for that subject. */
  async isOurs(mark: ConversationMark, subject: string | undefined): Promise<boolean> {
    if (this.options === 'unsealed') return true;
    const text = this.textOf(mark, subject);
    for (const secret of this.secrets()) {
      if (mark.seal !== undefined && isSameSecret(mark.seal, await sealOf(secret, text)))
        return true;
    }
    return false;
  }

  private textOf({ contextId, state, taskId }: ConversationMark, subject: string | undefined) {
    const facts = [this.agent, this.address, contextId, taskId, state, subject];
    return JSON.stringify(['conversation', ...facts.map((fact) => fact ?? null)]);
  }

  /** The first secret seals. Empty if nothing is sealed. Read on each call. */
  private secrets(): string[] {
    if (this.options === 'unsealed') return [];
    const set =
      this.options.secret ??
      loadOptionalSetting({
        settingValue: undefined,
        environmentVariableName: 'A2A_CONVERSATION_SECRET',
      });
    if (set === undefined || set === '') return [secretOfProcess()];
    if (isGoodSecret(set)) return typeof set === 'string' ? [set] : set;
    throw new InvalidArgumentError({
      argument: 'conversation.secret',
      message:
        'The conversation secret (createA2A({ conversation: { secret } }) or A2A_CONVERSATION_SECRET) must have at least 32 characters. Generate one with: openssl rand -hex 32',
    });
  }
}

/**
 * In a list, every secret must be valid. An empty string counts as unset, as from an empty environment
 * variable.
 */
export function isGoodSecret(set: unknown): boolean {
  if (Array.isArray(set))
    return set.length > 0 && set.every((one) => one !== '' && isGoodSecret(one));
  return typeof set === 'string' && (set === '' || set.length >= 32);
}

/** Bundlers may put several copies of this module into one process. */
const secretKey = Symbol.for('ai-sdk-a2a-settlement.conversation-secret');

function secretOfProcess(): string {
  const known: unknown = Reflect.get(globalThis, secretKey);
  if (typeof known === 'string') return known;
  const secret = `${crypto.randomUUID()}${crypto.randomUUID()}`;
  Reflect.set(globalThis, secretKey, secret);
  return secret;
}

/** 128 bits, to keep it short: the seal is on every part of an answer. */
async function sealOf(secret: string, text: string): Promise<string> {
  return (await hmacSha256(secret, text)).slice(0, 32);
}
