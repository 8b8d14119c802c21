import {
  UnsupportedFunctionalityError,
  type JSONValue,
  type LanguageModelV4FilePart,
  type LanguageModelV4Message,
  type LanguageModelV4Prompt,
  type LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';
import { detectMediaType, getTopLevelMediaType, isFullMediaType } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import type { A2APart } from '../client/a2a-event';

/**
 * Converts messages of a prompt to the parts of one A2A message.
 *
 * If there are only user messages, they are sent unchanged. Otherwise a transcript is sent: each message under
 * a line with its speaker, system instructions first, files in their place.
 */
export function convertToA2AParts(messages: LanguageModelV4Prompt): A2APart[] {
  if (messages.every((message) => message.role === 'user')) {
    return messages.flatMap(userParts);
  }
  const instructions = messages.filter((message) => message.role === 'system');
  const turns = messages.filter((message) => message.role !== 'system');
  const [onlyTurn] = turns;
  const isLoneQuestion = turns.length === 1 && onlyTurn?.role === 'user';
  return [
    ...instructions.map((message) => textPart(message.content)),
    ...(isLoneQuestion ? userParts(onlyTurn) : turns.flatMap(transcriptParts)),
  ];
}

function transcriptParts(message: LanguageModelV4Message): A2APart[] {
  const parts = message.role === 'user' ? userParts(message) : spokenParts(message);
  if (parts.length === 0) return [];
  const [first, ...rest] = parts;
  const heading = `${speakers[message.role]}: `;
  return first?.type === 'text'
    ? [textPart(heading + first.text), ...rest]
    : [textPart(heading), ...parts];
}

const speakers = { system: 'System', user: 'User', assistant: 'Assistant', tool: 'Tool' };

function userParts(message: LanguageModelV4Message): A2APart[] {
  if (message.role !== 'user') return [];
  return message.content.flatMap((part): A2APart[] => {
    const metadata = metadataOption.safeParse(part.providerOptions?.['a2a']).data?.metadata;
    const marked = metadata && { metadata };
    if (part.type === 'file') return [{ ...filePart(part), ...marked }];
    // A prompt has no data parts: a text with `providerOptions.a2a.data` is sent as that data.
    const data = readData(part.providerOptions?.['a2a']);
    if (data !== undefined) return [{ type: 'data', data, ...marked }];
    return part.text === '' ? [] : [{ ...textPart(part.text), ...marked }];
  });
}

/** The text of messages other than the user's, for a transcript. Reasoning is confidential and omitted. */
function spokenParts(message: LanguageModelV4Message): A2APart[] {
  if (message.role === 'tool') {
    return message.content.flatMap((part) =>
      part.type === 'tool-result' ? [textPart(toolResultText(part))] : [],
    );
  }
  if (message.role !== 'assistant') return [];
  return message.content.flatMap((part): A2APart[] => {
    switch (part.type) {
      case 'text':
        return part.text === '' ? [] : [textPart(part.text)];
      case 'file':
        return [filePart(part)];
      case 'custom': {
        const data = readData(part.providerOptions?.['a2a']);
        return data === undefined ? [] : [{ type: 'data', data }];
      }
      case 'tool-call':
        return [textPart(`calls ${part.toolName} ${JSON.stringify(part.input)}`)];
      case 'tool-result':
        return [textPart(toolResultText(part))];
      default:
        return [];
    }
  });
}

function toolResultText({ toolName, output }: LanguageModelV4ToolResultPart): string {
  switch (output.type) {
    case 'text':
    case 'error-text':
      return `${toolName} returned ${output.value}`;
    case 'json':
    case 'error-json':
      return `${toolName} returned ${JSON.stringify(output.value)}`;
    case 'execution-denied':
      return `${toolName} was not allowed`;
    case 'content':
      return `${toolName} returned ${output.value
        .flatMap((item) => (item.type === 'text' ? [item.text] : []))
        .join('\n')}`;
  }
}

function filePart(part: LanguageModelV4FilePart): A2APart {
  const { data, providerOptions } = part;
  // The name of a file from an agent is in its provider options.
  const filename = part.filename ?? nameOption.safeParse(providerOptions?.['a2a']).data?.filename;
  const named = { filename: filename || undefined, mediaType: fullMediaType(part) };
  switch (data.type) {
    case 'data':
      return { ...named, type: 'raw', raw: data.data };
    case 'url':
      return { ...named, type: 'url', url: data.url.href };
    case 'text':
      return { ...named, type: 'raw', raw: new TextEncoder().encode(data.text) };
    case 'reference':
      throw new UnsupportedFunctionalityError({
        functionality: 'file parts with provider references',
        message:
          'An A2A agent cannot read a file uploaded to another provider. Send its bytes or a URL.',
      });
  }
}

/** Agents need the exact media type; the AI SDK may say only `image`. */
function fullMediaType({ data, mediaType }: LanguageModelV4FilePart): string {
  if (isFullMediaType(mediaType) || data.type !== 'data') return mediaType;
  const topLevelType = getTopLevelMediaType(mediaType);
  return detectMediaType({ data: data.data, topLevelType }) ?? mediaType;
}

const nameOption = z.looseObject({ filename: z.string() });

function textPart(text: string): A2APart {
  return { type: 'text', text };
}

const metadataOption = z.looseObject({ metadata: z.record(z.string(), z.json()) });

const dataOption = z.looseObject({ data: z.json() });

function readData(options: unknown): JSONValue | undefined {
  const parsed = dataOption.safeParse(options);
  return parsed.success ? parsed.data.data : undefined;
}
