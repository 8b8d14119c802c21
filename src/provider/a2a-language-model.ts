import type { AgentCard } from '@a2a-js/sdk';
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { resolve } from '@ai-sdk/provider-utils';
import type { A2ALanguageModelConfig } from './a2a-language-model-config';
import { A2AAnswer } from './answer/a2a-answer';
import { collectContent } from './answer/collect-content';
import { extractUsage } from './answer/extract-usage';
import { mapA2AFinishReason } from './answer/map-a2a-finish-reason';
import { type A2ARequestOptions, sentValues } from './client/a2a-client';
import { A2ATaskError } from './client/a2a-error';
import { mergeHeaders } from '../internal/merge-headers';
import { redactHeaders } from '../internal/redact-headers';
import { a2aLanguageModelOptions } from './message/a2a-language-model-options';
import { readCallOptions } from './message/read-call-options';
import { readConversation } from './message/read-conversation';
import type { A2ATaskState } from './client/task-state';
import { prepareCall, readingOf, type PreparedCall } from './prepare-call';
import { sealPart } from './seal-part';
import { streamAnswer } from './stream-answer';
import { cancelTask } from './task/cancel-task';
import { getTask } from './task/get-task';
import { toA2AError } from './task/to-a2a-error';

/** The conversation and task that a call continues. */
export interface A2AConversation {
  contextId?: string;
  /** A task that waits for the caller, or that the call names. */
  taskId?: string;
  /** The owner of the conversation. */
  subject?: string;
}

interface TaskRequestOptions {
  headers?: LanguageModelV4CallOptions['headers'];
}

/** An A2A agent as an AI SDK language model: one generation is one A2A message. */
export class A2ALanguageModel implements LanguageModelV4 {
  readonly specificationVersion = 'v4';
  readonly modelId: string;

  /** Agents accept files by URL: the AI SDK downloads none of them. */
  readonly supportedUrls = { '*/*': [/^https?:\/\//] };

  private readonly config: A2ALanguageModelConfig;

  constructor(modelId: string, config: A2ALanguageModelConfig) {
    this.modelId = modelId;
    this.config = config;
  }

  get provider(): string {
    return this.config.provider;
  }

  /** The default skill, unless a call names one. */
  get skill(): string | undefined {
    return this.config.skill;
  }

  /** The maximum duration of a call in milliseconds (`timeouts.totalMs`); undefined: unlimited. */
  get totalTimeoutMs(): number | undefined {
    return this.config.timeouts.totalMs || undefined;
  }

  /**
   * The agent's card, in the shape of protocol 1.0; undefined when the agent is called by `endpoint`.
   * Fetched once and cached.
   *
   * @throws A2AAgentCardError
   */
  async agentCard(options?: { abortSignal?: AbortSignal }): Promise<AgentCard | undefined> {
    return this.config.agent.card(options);
  }

  /**
   * The current state of a task: the result of a call that ended now, with the state in `finishReason.raw`
   * (`working`, `completed`, `failed`, …) and its time in `response.timestamp`. A failed task does not throw. A
   * task whose cancellation the agent has answered with `canceled` stays canceled, whatever the agent reports
   * later. `headers` are sent with the request, like the headers of a call.
   *
   * @throws A2AProtocolError if the agent cannot be reached, does not know the task, or responds with another one.
   */
  async task(
    taskId: string,
    { abortSignal, headers }: TaskRequestOptions & { abortSignal?: AbortSignal } = {},
  ): Promise<LanguageModelV4GenerateResult> {
    const { agent } = this.config;
    const requestOptions: A2ARequestOptions = {
      secrets: () => agent.secrets(),
      headers: mergeHeaders(await resolve(this.config.headers), headers),
      ...(abortSignal !== undefined && { signal: abortSignal }),
    };
    const answer = new A2AAnswer({ agent: this.modelId });
    const client = await agent.createClient({ abortSignal });
    const url = agent.config.endpoint ?? agent.config.url;
    try {
      const asked = { agent: this.modelId, client, requestOptions, taskId, url };
      const event = await getTask(asked);
      const parts = answer.accept(event);
      if ((await agent.cancellations.get(taskId)) === 'canceled') answer.state = 'canceled';
      parts.push(...answer.finish());
      const at = new Date(event.task.status?.timestamp ?? '');
      return this.result(answer, parts, {
        warnings: [],
        ...(!Number.isNaN(at.getTime()) && { timestamp: at }),
      });
    } catch (error) {
      throw toA2AError(error, { agent: this.modelId, url, answer, requestOptions });
    }
  }

  /**
   * The conversation and task that a call continues: from its `providerOptions.a2a`, else from what this
   * application has sealed in its messages for the same subject. Sends no request.
   *
   * @throws InvalidArgumentError for invalid options.
   */
  async conversation({
    prompt,
    providerOptions,
    responseFormat,
  }: Pick<
    LanguageModelV4CallOptions,
    'prompt' | 'providerOptions' | 'responseFormat'
  >): Promise<A2AConversation> {
    // A settled call asks this before it holds anything: what cannot be loaded must show now.
    await readingOf(responseFormat);
    const { options } = readCallOptions('a2a', a2aLanguageModelOptions, providerOptions);
    const { resume, subject } = options;
    const found = await readConversation(prompt, this.config.conversations, subject);
    const known = found === 'unknown' ? undefined : found;
    const contextId = options.contextId ?? known?.contextId;
    const waiting = contextId === known?.contextId ? known?.taskId : undefined;
    const taskId = resume?.taskId ?? options.taskId ?? waiting;
    return {
      ...(contextId !== undefined && { contextId }),
      ...(taskId !== undefined && { taskId }),
      ...(subject !== undefined && { subject }),
    };
  }

  /**
   * Asks the agent to cancel a task, and returns the state in its response, usually `canceled`; undefined if
   * there was no response within 3 s, or a refusal. `headers` are sent with the request, like the headers of a
   * call. Best effort, never throws.
   */
  async cancelTask(
    taskId: string,
    { headers }: TaskRequestOptions = {},
  ): Promise<A2ATaskState | undefined> {
    try {
      const { agent } = this.config;
      const requestOptions = {
        secrets: () => agent.secrets(),
        headers: mergeHeaders(await resolve(this.config.headers), headers),
      };
      const client = await agent.createClient({});
      const { cancellations } = agent;
      return await cancelTask({ cancellations, client, taskId, requestOptions });
    } catch {
      // Headers or the card are not available, so the agent cannot be called.
      return undefined;
    }
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { generate } = this.config;
    const { call, run, seal, warnings, unlink } = await prepareCall(
      this.modelId,
      this.config,
      options,
      { listensForWhole: generate === 'stream' },
    );
    const { answer } = call;
    const parts: LanguageModelV4StreamPart[][] = [];
    try {
      for await (const some of run(generate)) parts.push(some);
    } finally {
      unlink();
    }
    if (answer.isFailure) throw this.taskError(call);
    parts.push(answer.finish());
    const result = this.result(answer, parts.flat(), { warnings });
    const content = await Promise.all(result.content.map((part) => sealPart(part, seal)));
    return { ...(await sealPart(result, seal)), content };
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const { call, run, seal, warnings, unlink } = await prepareCall(
      this.modelId,
      this.config,
      options,
    );
    const { answer } = call;
    const events = run('stream');
    const { signal } = call.abort;
    // The cancel request is sent even if nobody reads the stream.
    signal.addEventListener('abort', () => void events.return(undefined).catch(() => {}), {
      once: true,
    });
    // Until the agent's first response, the call can still fail, and be retried, as a whole.
    const first = await events.next().catch((error: unknown) => {
      unlink();
      throw error;
    });
    const stream = streamAnswer({
      call,
      events,
      first,
      seal,
      unlink,
      begin: [
        { type: 'stream-start', warnings },
        { type: 'response-metadata', ...this.responseMetadata(answer) },
      ],
      isAborted: () => options.abortSignal?.aborted === true,
      taskError: () => this.taskError(call),
    });
    return { stream };
  }

  private result(
    answer: A2AAnswer,
    parts: LanguageModelV4StreamPart[],
    { warnings, timestamp }: { warnings: SharedV4Warning[]; timestamp?: Date },
  ): LanguageModelV4GenerateResult {
    return {
      content: collectContent(parts),
      ...(answer.jsonText !== undefined && { structuredOutputText: answer.jsonText }),
      finishReason: mapA2AFinishReason(answer.state, answer.metadata?.['finishReason']),
      usage: extractUsage(answer.metadata),
      providerMetadata: answer.resultMetadata(),
      response: this.responseMetadata(answer, timestamp),
      warnings,
    };
  }

  private responseMetadata(answer: A2AAnswer, timestamp = new Date()) {
    const id = answer.taskId ?? answer.messageId;
    return { ...(id !== undefined && { id }), timestamp, modelId: this.modelId };
  }

  private taskError({ answer, requestOptions }: PreparedCall['call']): A2ATaskError {
    const { taskId, contextId, state = 'failed', statusText } = answer;
    const sent = sentValues(requestOptions);
    return new A2ATaskError({
      agent: this.modelId,
      taskId,
      contextId,
      state,
      agentMessage: statusText === undefined ? undefined : redactHeaders(statusText, sent),
      metadata: answer.metadata,
    });
  }
}
