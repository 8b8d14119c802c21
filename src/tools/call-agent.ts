import type { JSONValue } from '@ai-sdk/provider';
import type { ProviderOptions } from '@ai-sdk/provider-utils';
import { type LanguageModel, type ModelMessage, streamText } from 'ai';
import { watchCall } from '../internal/call-watch';
import { type AgentReceipt, readReceipt } from './agent-receipt';
import type { Budget } from './budget';
import { BudgetExceededError } from './budget-exceeded-error';
import type { Talk } from './conversations';
import { PaidAgentToolError } from './paid-agent-tool-error';
import { UnwatchedPaymentError } from './unwatched-payment-error';
import { WatchedCall } from './watched-call';

/** The result of a `paidAgentTool`. The calling model sees only the text. */
export type PaidAgentOutput = {
  text: string;
  /** The values of the agent's data parts. Undefined if there are none. */
  data?: JSONValue[];
  /** The agent's files, as base64. Undefined if there are none. */
  files?: { mediaType: string; data: string }[];
  /** The agent's files by URL. Undefined if there are none. */
  sources?: { url: string; title?: string }[];
  /**
   * The receipt of the payment. Undefined during the response, and if the model is not wrapped by a
   * settlement.
   */
  receipt?: AgentReceipt;
};

/**
 * Calls an agent once, and yields the answer so far. The last value is complete and has the receipt.
 *
 * @throws PaidAgentToolError if the agent fails, BudgetExceededError if the budget is too small,
 * UnwatchedPaymentError if the settlement did not check the budget, the signal's reason if the call is
 * aborted.
 */
export async function* callAgent({
  abortSignal,
  budget,
  headers,
  instructions,
  message,
  model,
  providerOptions,
  talk,
}: {
  abortSignal: AbortSignal | undefined;
  budget: Budget;
  headers?: Record<string, string> | undefined;
  instructions?: string | undefined;
  message: string;
  model: LanguageModel;
  providerOptions: ProviderOptions | undefined;
  /** The conversation that the call continues. */
  talk: Talk | undefined;
}): AsyncGenerator<PaidAgentOutput> {
  const agent = typeof model === 'string' ? model : model.modelId;
  abortSignal?.throwIfAborted();
  budget.assertLeft(agent);
  const call = new WatchedCall(budget, {
    // A request for input that cannot be answered is refused.
    judge: (_, { isQuestion }) => !isQuestion || talk !== undefined,
  });
  const asked: ModelMessage = { role: 'user', content: message };
  const output: PaidAgentOutput = { text: '' };
  let shown = 0;
  let failure: { error: unknown } | undefined;
  try {
    const result = streamText({
      model,
      messages: [...(talk?.messages ?? []), asked],
      providerOptions: watchCall(providerOptions, call),
      maxRetries: 0,
      ...(abortSignal !== undefined && { abortSignal }),
      ...(headers !== undefined && { headers }),
      ...(instructions !== undefined && { instructions }),
      // The error is thrown below.
      onError: () => {},
    });
    for await (const part of result.stream) {
      switch (part.type) {
        case 'text-delta':
          output.text += part.text;
          break;
        case 'file':
          (output.files ??= []).push({ mediaType: part.file.mediaType, data: part.file.base64 });
          break;
        case 'source':
          if (part.sourceType !== 'url') break;
          (output.sources ??= []).push({
            url: part.url,
            ...(part.title !== undefined && { title: part.title }),
          });
          break;
        case 'custom': {
          const value = part.providerMetadata?.['a2a']?.['data'];
          if (part.kind === 'a2a.data' && value !== undefined) (output.data ??= []).push(value);
          break;
        }
        case 'error':
          // The payment is settled at the end of the stream.
          failure ??= part;
          break;
        default:
          break;
      }
      if (output.text.length > shown * 1.02) {
        shown = output.text.length;
        yield { ...output };
      }
    }
    abortSignal?.throwIfAborted();
    if (failure !== undefined) throw failure.error;
    const [{ messages }, metadata] = await Promise.all([result.response, result.providerMetadata]);
    call.assertHeard(agent, metadata);
    // Another call may have continued the conversation in the meantime.
    talk?.messages.push(asked, ...messages);
    const receipt = readReceipt(metadata?.['settlement']);
    yield { ...output, ...(receipt !== undefined && { receipt }) };
  } catch (error) {
    if (abortSignal?.aborted === true) throw abortSignal.reason;
    if (BudgetExceededError.isInstance(error) || UnwatchedPaymentError.isInstance(error))
      throw error;
    throw new PaidAgentToolError({ cause: error, receipt: call.receipt });
  }
}
