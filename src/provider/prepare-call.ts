import type {
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { resolve } from '@ai-sdk/provider-utils';
import { logWarningsOnEdge } from '../internal/log-warnings-on-edge';
import { onDemand } from '../internal/on-demand';
import { isSettledCall } from '../internal/settled-call';
import type { A2ALanguageModelConfig } from './a2a-language-model-config';
import { A2AAnswer } from './answer/a2a-answer';
import type { JsonReading } from './answer/json/json-reading';
import { readShownArtifacts } from './answer/read-shown-artifacts';
import type { A2ARequestOptions } from './client/a2a-client';
import { namesPayment } from './client/names-payment';
import { startTimer, timeoutError } from './client/a2a-timeouts';
import { linkedAbort } from '../internal/linked-abort';
import { paymentSecrets } from './message/without-payments';
import { mergeHeaders } from '../internal/merge-headers';
import { a2aLanguageModelOptions } from './message/a2a-language-model-options';
import type { ConversationSeals } from './message/conversation-seals';
import { convertToA2AMessage } from './message/convert-to-a2a-message';
import { getUnsupportedWarnings } from './message/get-unsupported-warnings';
import { readCallOptions } from './message/read-call-options';
import { conversationUnknown, readConversation } from './message/read-conversation';
import type { Conversing } from './task/converse';
import { converseOrBeginAnew } from './task/converse-or-begin-anew';
import { resumeTask } from './task/resume-task';

/** One generation, ready to be sent. */
export interface PreparedCall {
  call: Omit<Conversing, 'request'>;
  /** Sends it and yields the agent's answer as it arrives. */
  run: (mode: 'send' | 'stream') => AsyncGenerator<LanguageModelV4StreamPart[]>;
  /** Complete when the first event has arrived. */
  warnings: SharedV4Warning[];
  /** Seals the metadata of the result, so that the next call can continue the conversation. */
  seal: ReturnType<ConversationSeals['sealer']>;
  /** Removes the listeners from the caller's signal. */
  unlink: () => void;
}

/**
 * Creates a generation's message, or finds the task that it resumes, and a client for it.
 *
 * @throws InvalidPromptError if nothing is left to send.
 * @throws InvalidArgumentError for invalid options.
 * @throws A2AAgentCardError
 */
export async function prepareCall(
  modelId: string,
  config: A2ALanguageModelConfig,
  options: LanguageModelV4CallOptions,
  {
    listensForWhole = false,
  }: { /** What is listened to is handed on as a whole. */ listensForWhole?: boolean } = {},
): Promise<PreparedCall> {
  const { abortSignal, headers, prompt, providerOptions, responseFormat } = options;
  abortSignal?.throwIfAborted();
  const { agent, conversations, generateId, polling, timeouts } = config;
  const { options: a2aOptions, unknown } = readCallOptions(
    'a2a',
    a2aLanguageModelOptions,
    providerOptions,
  );
  const { extensions = [], pushNotification, resume, returnImmediately = false } = a2aOptions;
  const { contextId, subject } = a2aOptions;
  const conversation = await readConversation(prompt, conversations, subject);
  const isUnknown = conversation === 'unknown';
  const skill = a2aOptions.skill ?? config.skill;

  const isForgotten =
    (a2aOptions.contextId ?? a2aOptions.history ?? a2aOptions.taskId ?? resume) === undefined &&
    conversation !== 'unknown' &&
    conversation?.isForgotten === true;

  const sentSecrets = paymentSecrets(a2aOptions.metadata);
  const json = await readingOf(responseFormat);
  const request =
    resume === undefined
      ? {
          message: convertToA2AMessage({
            prompt,
            agent: modelId,
            conversation: isUnknown ? undefined : conversation,
            options: {
              ...a2aOptions,
              ...(isForgotten && { history: 'transcript' }),
              ...(skill !== undefined && { skill }),
            },
            messageId: generateId(),
          }),
          acceptedOutputModes: json ? ['application/json', 'text/plain'] : [],
          returnImmediately,
          // Sent even if the card does not declare it: a gateway's card may omit what the agent supports.
          pushNotification,
        }
      : undefined;
  const taskId = resume?.taskId ?? request?.message.taskId ?? '';
  const client = await agent.createClient({ abortSignal });
  const sentHeaders = mergeHeaders(await resolve(config.headers), headers);
  const warnings = getUnsupportedWarnings(options);
  // The metadata of an answer may be passed back unchanged: its other fields are not mistakes.
  if (!unknown.includes('agent')) warnings.push(...unknown.map(unknownOption));
  if (isUnknown && contextId === undefined && resume === undefined) {
    warnings.push(conversationUnknown);
  }
  if (isForgotten) warnings.push(forgetful);
  if (request !== undefined && !isSettledCall(providerOptions)) {
    const payment = client.cardExtensions?.find(namesPayment);
    if (payment !== undefined && !extensions.includes(payment)) warnings.push(notPaid(payment));
  }
  const card =
    pushNotification === undefined && skill === undefined && !listensForWhole
      ? undefined
      : await agent.card({ abortSignal });
  const skills = (card?.skills ?? []).map(({ id }) => id);
  if (skill !== undefined && skills.length > 0 && !skills.includes(skill)) {
    warnings.push(unknownSkill(skill, skills));
  }
  if (listensForWhole && card !== undefined && card.capabilities?.streaming !== true) {
    warnings.push(notStreaming);
  }
  const isDeaf =
    pushNotification !== undefined &&
    card !== undefined &&
    card.capabilities?.pushNotifications !== true;
  if (isDeaf) warnings.push(noPushNotifications);
  logWarningsOnEdge(warnings);

  // Last, because a call that fails before this must leave no listener on the caller's signal.
  const { abort, unlink } = linkedAbort(abortSignal);
  const requestOptions: A2ARequestOptions = {
    headers: sentHeaders,
    extensions,
    secrets: () => [...agent.secrets(), ...sentSecrets],
    signal: abort.signal,
  };
  const call = {
    agent: modelId,
    url: agent.config.endpoint ?? agent.config.url,
    client,
    cancellations: agent.cancellations,
    requestOptions,
    abort,
    polling,
    includeRawChunks: options.includeRawChunks === true,
    answer: new A2AAnswer({
      agent: modelId,
      json,
      showsProgress: !listensForWhole,
      sentContextId: request?.message.contextId,
      shown: readShownArtifacts(prompt, taskId),
    }),
  };
  const total = startTimer(timeouts.totalMs, () => {
    const context = { agent: modelId, url: call.url, taskId: call.answer.taskId };
    abort.abort(timeoutError('totalMs', timeouts.totalMs, context));
  });
  // The reader may leave without ending the call.
  abort.signal.addEventListener('abort', total.stop, { once: true });
  return {
    call,
    warnings,
    seal: conversations.sealer(subject),
    unlink() {
      total.stop();
      unlink();
    },
    run(mode) {
      if (request === undefined) {
        const watched = isDeaf ? undefined : pushNotification;
        return resumeTask(call, { taskId, returnImmediately, pushNotification: watched });
      }
      // A caller that only wants the task's id has nothing to stream.
      return converseOrBeginAnew(
        { ...call, request },
        {
          mode: returnImmediately ? 'send' : mode,
          isNamed: a2aOptions.taskId !== undefined,
          warn(warning) {
            warnings.push(warning);
            logWarningsOnEdge(warnings);
          },
        },
      );
    },
  };
}

const loadJson = /* @__PURE__ */ onDemand(
  'JSON answers',
  () => import('./answer/json/json-reading'),
);

/** How the answer is read where the caller asked for JSON. */
export async function readingOf(
  format: LanguageModelV4CallOptions['responseFormat'],
): Promise<JsonReading | undefined> {
  return format?.type === 'json' ? (await loadJson()).readJson(format) : undefined;
}

function unknownOption(name: string): SharedV4Warning {
  const options = Object.keys(a2aLanguageModelOptions.shape).join(', ');
  return {
    type: 'unsupported',
    feature: `providerOptions.a2a.${name}`,
    details: `Unknown option. Known options: ${options}.`,
  };
}

function notPaid(extension: string): SharedV4Warning {
  // The AI SDK prints warnings: a URI that `URL` has parsed has no control characters.
  const shown = URL.canParse(extension) ? new URL(extension).href.slice(0, 200) : 'by an extension';
  return {
    type: 'other',
    message: `The agent’s card declares that it is paid (${shown}), and this call pays nothing. To pay, wrap the model: wrapLanguageModel({ model, middleware: settlementMiddleware() }).`,
  };
}

function unknownSkill(skill: string, skills: string[]): SharedV4Warning {
  return {
    type: 'unsupported',
    feature: 'providerOptions.a2a.skill',
    details: `The agent’s card has no skill "${skill}". Its skills: ${skills.slice(0, 20).join(', ')}.`,
  };
}

const noPushNotifications: SharedV4Warning = {
  type: 'unsupported',
  feature: 'pushNotification',
  details: 'The agent’s card declares no push notifications, so none may be sent.',
};

const notStreaming: SharedV4Warning = {
  type: 'unsupported',
  feature: "generate: 'stream'",
  details: 'The agent’s card declares no streaming, so a blocking request was sent.',
};

const forgetful: SharedV4Warning = {
  type: 'other',
  message:
    'The agent does not keep conversations: it responded with another contextId than it was sent. So the whole conversation was sent. To choose this explicitly, set `providerOptions.a2a.history`.',
};
