import type { AgentCard } from '@a2a-js/sdk';
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import type { A2AConversation, A2ALanguageModel } from '../a2a-language-model';
import type { ConversationSeals } from '../message/conversation-seals';
import {
  joinLiteLLMConversation,
  markLiteLLMAnswer,
  type LiteLLMJoined,
} from './litellm-conversation';

/** An A2A agent behind a LiteLLM gateway as an AI SDK language model. */
export class LiteLLMLanguageModel
  implements LanguageModelV4, Pick<A2ALanguageModel, keyof A2ALanguageModel>
{
  readonly specificationVersion = 'v4';

  private readonly gateway: A2ALanguageModel;
  private readonly origin: A2ALanguageModel | undefined;
  private readonly conversations: ConversationSeals;

  constructor({
    conversations,
    gateway,
    origin,
  }: {
    /** The same object as the gateway model's. */
    conversations: ConversationSeals;
    /** The model of the agent at the gateway. */
    gateway: A2ALanguageModel;
    /** The model of the agent itself, used for its card; never called. */
    origin: A2ALanguageModel | undefined;
  }) {
    this.gateway = gateway;
    this.origin = origin;
    this.conversations = conversations;
  }

  get modelId(): string {
    return this.gateway.modelId;
  }

  get provider(): string {
    return this.gateway.provider;
  }

  get supportedUrls() {
    return this.gateway.supportedUrls;
  }

  /** The default skill, unless a call names one. */
  get skill(): string | undefined {
    return this.gateway.skill;
  }

  /** The maximum duration of a call in milliseconds; undefined for no limit. */
  get totalTimeoutMs(): number | undefined {
    return this.gateway.totalTimeoutMs;
  }

  /**
   * The agent's own card, from its `cardUrl`; undefined without one: a gateway's card contains no payment
   * terms, and calls do not need it.
   *
   * @throws A2AAgentCardError
   */
  async agentCard(options?: { abortSignal?: AbortSignal }): Promise<AgentCard | undefined> {
    return this.origin?.agentCard(options);
  }

  /**
   * The current state of a task, queried through the gateway.
   *
   * @throws A2AProtocolError if the gateway cannot be reached, or the agent does not know the task.
   */
  async task(
    taskId: string,
    options?: { abortSignal?: AbortSignal },
  ): Promise<LanguageModelV4GenerateResult> {
    return this.gateway.task(taskId, options);
  }

  /**
   * The conversation and task that a call continues.
   *
   * @throws InvalidArgumentError for invalid options.
   */
  async conversation(
    options: Pick<LanguageModelV4CallOptions, 'prompt' | 'providerOptions'>,
  ): Promise<A2AConversation> {
    return this.gateway.conversation(options);
  }

  /**
   * Asks the agent to cancel a task, and returns the state in its response, if any. Best effort, never throws.
   */
  async cancelTask(taskId: string): ReturnType<A2ALanguageModel['cancelTask']> {
    return this.gateway.cancelTask(taskId);
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const joined = await joinLiteLLMConversation(options, this.conversations);
    const result = await this.gateway.doGenerate(joined.options);
    const shown = result.content.filter(
      (part) => part.type !== 'reasoning' || part.text !== bridgeGreeting,
    );
    const content = await Promise.all(
      shown.map(async (part) => ({ ...part, ...(await marked(part, joined)) })),
    );
    const warnings = [...result.warnings, ...joined.warnings];
    return { ...result, ...(await marked(result, joined)), content, warnings };
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const joined = await joinLiteLLMConversation(options, this.conversations);
    const result = await this.gateway.doStream(joined.options);
    return { ...result, stream: result.stream.pipeThrough(adaptParts(joined)) };
  }
}

/** The gateway's status text for every agent that is a plain model, before the model starts. */
const bridgeGreeting = 'Processing request...';

type WithMetadata = Pick<LanguageModelV4GenerateResult, 'providerMetadata'>;

async function marked(
  part: LanguageModelV4StreamPart | LanguageModelV4GenerateResult['content'][number] | WithMetadata,
  joined: LiteLLMJoined,
): Promise<WithMetadata> {
  const own = 'providerMetadata' in part ? part.providerMetadata : undefined;
  const providerMetadata = await markLiteLLMAnswer(own, joined);
  return providerMetadata === undefined ? {} : { providerMetadata };
}

function adaptParts(
  joined: LiteLLMJoined,
): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  // The first words of a reasoning block show whether it is the greeting.
  let opening: (LanguageModelV4StreamPart & { type: 'reasoning-start' }) | undefined;
  let greetingId: string | undefined;
  return new TransformStream({
    async transform(part, controller) {
      if (
        part.type === 'reasoning-delta' &&
        part.id === opening?.id &&
        part.delta === bridgeGreeting
      ) {
        greetingId = part.id;
        opening = undefined;
        return;
      }
      if (opening !== undefined) controller.enqueue(opening);
      opening = undefined;
      if (part.type === 'reasoning-end' && part.id === greetingId) return;
      const adapted = { ...part, ...(await marked(part, joined)) };
      if (adapted.type === 'stream-start') {
        adapted.warnings = [...adapted.warnings, ...joined.warnings];
      }
      if (adapted.type === 'reasoning-start') opening = adapted;
      else controller.enqueue(adapted);
    },
    flush(controller) {
      if (opening !== undefined) controller.enqueue(opening);
    },
  });
}
