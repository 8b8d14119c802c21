import type { Message, Part } from '@a2a-js/sdk';
import type { FilePart, TextPart, ToolModelMessage } from 'ai';
import * as z from 'zod/v4';

/** The client's data answer to an approval request. */
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
 * Converts a client's message to a model message. Files are passed as bytes. A file by URL becomes a line of
 * text with its URL, because URLs from clients are never downloaded.
 */
export function convertToModelMessage({ parts }: Pick<Message, 'parts'>): {
  role: 'user';
  content: (TextPart | FilePart)[];
} {
  return { role: 'user', content: parts.flatMap(convertPart) };
}

/**
 * Reads the client's answer to an approval request: data `{ approvals: [{ approvalId, approved }] }`, or
 * text. Anything but a plain yes denies, with the text as the reason.
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
      // Invalid base64 arrives as no bytes: the model is told that the file is empty.
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
