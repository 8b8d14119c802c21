import { A2A_CONTENT_TYPE } from '@a2a-js/sdk';

/**
 * Answers are application/json (A2A 1.0, section 11.1). The media type that the specification registers
 * for this binding besides (section 14.1.1) is for callers that ask for it.
 */
export function restContentHeaders({ headers }: Request): Record<string, string> {
  const accept = headers.get('accept') ?? '';
  const own = qualityOf(A2A_CONTENT_TYPE, accept);
  const isOwn = own > 0 && own >= qualityOf(JSON_CONTENT_TYPE, accept);
  return { 'content-type': isOwn ? A2A_CONTENT_TYPE : JSON_CONTENT_TYPE, vary: 'Accept' };
}

const JSON_CONTENT_TYPE = 'application/json';

/** How much a caller wants a media type that it names, from 0 to 1. */
function qualityOf(mediaType: string, accept: string): number {
  for (const range of accept.toLowerCase().split(',')) {
    const [named, ...parameters] = range.split(';').map((piece) => piece.trim());
    if (named === mediaType) {
      const quality = parameters.find((parameter) => parameter.startsWith('q='));
      return quality === undefined ? 1 : Number(quality.slice(2));
    }
  }
  return 0;
}
