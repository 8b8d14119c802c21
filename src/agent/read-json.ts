import { A2A_CONTENT_TYPE } from '@a2a-js/sdk';
import { ContentTypeNotSupportedError, RequestMalformedError } from '@a2a-js/sdk/errors';

/** The request body exceeds the limit. Answered with HTTP status 413. */
export class BodyTooLargeError extends RequestMalformedError {
  constructor(maxBytes: number) {
    super(`The request body must not exceed ${maxBytes} bytes.`);
  }
}

/**
 * Parses the request body; undefined if it is not JSON. A body with another content type is not read:
 * browsers send some content types cross-origin without a preflight request. Reading stops at the limit,
 * regardless of the Content-Length header.
 *
 * @throws ContentTypeNotSupportedError, BodyTooLargeError
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const [mediaType = ''] = (request.headers.get('content-type') ?? '').split(';');
  if (!mediaTypes.has(mediaType.trim().toLowerCase())) {
    await request.body?.cancel();
    throw new ContentTypeNotSupportedError(
      `The content type must be application/json or ${A2A_CONTENT_TYPE}.`,
    );
  }
  if (Number(request.headers.get('content-length')) > maxBytes) {
    await request.body?.cancel();
    throw new BodyTooLargeError(maxBytes);
  }

  let text = '';
  const reader = request.body?.getReader();
  if (reader !== undefined) {
    const decoder = new TextDecoder();
    let bytes = 0;
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      bytes += chunk.value.byteLength;
      if (!(bytes <= maxBytes)) {
        await reader.cancel();
        throw new BodyTooLargeError(maxBytes);
      }
      text += decoder.decode(chunk.value, { stream: true });
    }
    text += decoder.decode();
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const mediaTypes = new Set(['application/json', A2A_CONTENT_TYPE]);
