import { safeParseJSON } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';

/** The content of an error response, in any of its shapes. Not yet redacted. */
export interface ErrorBody {
  /** The reason, in the exchange's text. */
  detail: string | undefined;
  /** A code of the specification's catalog, if the exchange sends one. */
  code?: string | undefined;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
}

/**
 * Reads the six error shapes of the exchange (a2a-se 1.5), that of its optional authorization layer, and
 * responses of a proxy in front of it.
 */
export async function readErrorBody(text: string): Promise<ErrorBody> {
  const json = await safeParseJSON({ text });
  if (!json.success) {
    return { detail: /<(?:!doctype|html|head|body)\b/i.test(text) ? 'an HTML page' : text };
  }
  const body = errorBodySchema.safeParse(json.value);
  if (!body.success) {
    return { detail: undefined };
  }
  const { detail, error, message } = body.data;
  if (typeof detail === 'string') {
    return { detail };
  }
  if (Array.isArray(detail)) {
    return { detail: detail.map(describeIssue).join('; ') };
  }
  if (detail !== undefined) {
    return {
      detail: detail.message ?? detail.error,
      retryAfterMs:
        detail.retry_after_seconds === undefined ? undefined : detail.retry_after_seconds * 1000,
    };
  }
  if (typeof error === 'object') {
    return { detail: error.message, code: error.code, requestId: error.request_id };
  }
  return { detail: message ?? error };
}

const maybeString = z.string().optional().catch(undefined);

const issueSchema = z.object({
  loc: z
    .array(z.union([z.string(), z.number()]))
    .optional()
    .catch(undefined),
  msg: maybeString,
});

const errorBodySchema = z.object({
  detail: z
    .union([
      z.string(),
      z.array(issueSchema),
      z.object({
        error: maybeString,
        message: maybeString,
        retry_after_seconds: z.number().min(0).optional().catch(undefined),
      }),
    ])
    .optional()
    .catch(undefined),
  error: z
    .union([
      z.string(),
      z.object({ code: maybeString, message: maybeString, request_id: maybeString }),
    ])
    .optional()
    .catch(undefined),
  message: maybeString,
});

// The issue's `input` is the sent value, so it is left out of the message.
function describeIssue({ loc = [], msg = 'invalid' }: z.output<typeof issueSchema>): string {
  const path = loc.filter((step, index) => index > 0 || step !== 'body').join('.');
  return path === '' ? msg : `${path}: ${msg}`;
}
