import type { Message, Part } from '@a2a-js/sdk';
import type { FilePart, TextPart, ToolModelMessage } from 'ai';
import * as z from 'zod/v4';

/** What a caller answers to the question whether tools may run. */
const approvalsSchema = z.object({
  approvals: z.array(
    z.object({
      approvalId: z.string(),
      approved: z.boolean(),
      reason: z.string().optional(),
    }),
  ),
});

/**
 * A message of a caller as a model gets it. Files come as bytes; a file by URL is a line of text with its
 * address, as nothing that a stranger names is downloaded.
 */
export function convertToModelMessage({ parts }: Pick<Message, 'parts'>): {
  role: 'user';
  content: (TextPart | FilePart)[];
} {
  return { role: 'user', content: parts.flatMap(convertPart) };
}

/**
 * What a caller says to the tools that wait to be approved: in data, `{ approvals: [{ approvalId, approved }] }`,
 * or in words. Anything but a plain yes is a no, with the words as its reason.
 */
export function convertToApprovals(
  { parts }: Pick<Message, 'parts'>,
  waiting: readonly string[],
): ToolModelMessage {
  const given = parts.flatMap(({ content }) =>
    content?.$case === 'data'
      ? (approvalsSchema.safeParse(content.value).data?.approvals ?? [])
      : [],
  );
  const said = parts
    .map(({ content }) => (content?.$case === 'text' ? content.value : ''))
    .join(' ')
    .trim();
  const isYes = /^(?:yes|y|ok|okay|approved?)(?:[ ,.!]+(?:please|thanks|thank you))?[ ,.!]*$/i.test(
    said,
  );
  return {
    role: 'tool',
    content: waiting.map((approvalId) => {
      const own = given.find((one) => one.approvalId === approvalId);
      const approved = own?.approved ?? (given.length === 0 && isYes);
      const reason = own?.reason ?? (approved || said === '' ? undefined : said);
      return {
        type: 'tool-approval-response',
        approvalId,
        approved,
        ...(reason !== undefined && { reason }),
      };
    }),
  };
}

function convertPart({ content, filename, mediaType }: Part): (TextPart | FilePart)[] {
  switch (content?.$case) {
    case 'text':
      return content.value === '' ? [] : [{ type: 'text', text: content.value }];
    case 'raw':
      // What is no base64 comes as no bytes: a model is to hear that there is nothing to see.
      if (content.value.length === 0) {
        return [{ type: 'text', text: `[An empty file: ${nameOf({ filename, mediaType })}]` }];
      }
      return [
        {
          type: 'file',
          data: new Uint8Array(content.value),
          mediaType: mediaType || 'application/octet-stream',
          ...(filename && { filename }),
        },
      ];
    case 'url':
      return [
        {
          type: 'text',
          text: `[A file: ${nameOf({ filename, mediaType, url: content.value })}]`,
        },
      ];
    case 'data':
      return [{ type: 'text', text: JSON.stringify(content.value ?? null) }];
    default:
      return [];
  }
}

function nameOf({
  filename,
  mediaType,
  url,
}: Pick<Part, 'filename' | 'mediaType'> & { url?: string }): string {
  return [filename, mediaType, url].filter(Boolean).join(', ');
}
