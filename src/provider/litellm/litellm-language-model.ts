import type { AgentCard } from '@a2a-js/sdk';
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import type { A2ALanguageModel } from '../a2a-language-model';
import {
  joinLiteLLMConversation,
  markLiteLLMAnswer,
  type LiteLLMCall,
} from './litellm-conversation';

/** An A2A agent behind a LiteLLM gateway as an AI SDK language model. */
export class LiteLLMLanguageModel
  implements LanguageModelV4, Pick<A2ALanguageModel, keyof A2ALanguageModel>
{
  readonly specificationVersion = 'v4';

  private readonly gateway: A2ALanguageModel;
  private readonly origin: A2ALanguageModel | undefined;

  constructor({
    gateway,
    origin,
  }: {
    /** The agent, as the gateway offers it. */
    gateway: A2ALanguageModel;
    /** The agent itself, for its card; never called. */
    origin: A2ALanguageModel | undefined;
  }) {
    this.gateway = gateway;
    this.origin = origin;
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

  /** The skill that calls ask for unless they name one. */
  get skill(): string | undefined {
    return this.gateway.skill;
  }

  /** Milliseconds after which a call is over, however it stands; undefined for no limit. */
  get totalTimeoutMs(): number | undefined {
    return this.gateway.totalTimeoutMs;
  }

  /**
   * The agent's own card, from its `cardUrl`; undefined without one: the card a gateway serves names no
   * payment, and no call needs it.
   *
   * @throws A2AAgentCardError
   */
  async agentCard(options?: { abortSignal?: AbortSignal }): Promise<AgentCard | undefined> {
    return this.origin?.agentCard(options);
  }

  /**
   * A task as it stands, asked through the gateway.
   *
   * @throws A2AProtocolError when the gateway cannot be asked, or the agent does not know the task.
   */
  async task(
    taskId: string,
    options?: { abortSignal?: AbortSignal },
  ): Promise<LanguageModelV4GenerateResult> {
    return this.gateway.task(taskId, options);
  }

  /**
   * Asks the agent to cancel a task, and hands back the state that it answered, if any. Best effort,
   * and never throws.
   */
  async cancelTask(taskId: string): ReturnType<A2ALanguageModel['cancelTask']> {
    return this.gateway.cancelTask(taskId);
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const joined = joinLiteLLMConversation(options, this.modelId);
    const result = await this.gateway.doGenerate(joined.options);
    const content = result.content
      .filter((part) => part.type !== 'reasoning' || part.text !== bridgeGreeting)
      .map((part) => ({ ...part, ...marked(part, joined.call) }));
    return { ...result, ...marked(result, joined.call), content };
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const joined = joinLiteLLMConversation(options, this.modelId);
    const result = await this.gateway.doStream(joined.options);
    return { ...result, stream: result.stream.pipeThrough(adaptParts(joined.call)) };
  }
}

/** What the gateway says for every agent that is a plain model in truth, before the model has begun. */
const bridgeGreeting = 'Processing request...';

type WithMetadata = Pick<LanguageModelV4GenerateResult, 'providerMetadata'>;

function marked(
  part: LanguageModelV4StreamPart | LanguageModelV4GenerateResult['content'][number] | WithMetadata,
  call: LiteLLMCall,
): WithMetadata {
  const own = 'providerMetadata' in part ? part.providerMetadata : undefined;
  const providerMetadata = markLiteLLMAnswer(own, call);
  return providerMetadata === undefined ? {} : { providerMetadata };
}

function adaptParts(
  call: LiteLLMCall,
): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  // Whether a block of reasoning is the greeting is known with its first words.
  let opening: (LanguageModelV4StreamPart & { type: 'reasoning-start' }) | undefined;
  let greetingId: string | undefined;
  return new TransformStream({
    transform(part, controller) {
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
      const adapted = { ...part, ...marked(part, call) };
      if (adapted.type === 'reasoning-start') opening = adapted;
      else controller.enqueue(adapted);
    },
    flush(controller) {
      if (opening !== undefined) controller.enqueue(opening);
    },
  });
}
