import { A2A_CONTENT_TYPE } from '@a2a-js/sdk';

/**
 * Responses are application/json (A2A 1.0, section 11.1). The media type that section 14.1.1 registers for
 * this binding is used if the request accepts it with at least the same quality.
 */
export function restContentHeaders({ headers }: Request): Record<string, string> {
  const accept = headers.get('accept') ?? '';
  const own = qualityOf(A2A_CONTENT_TYPE, accept);
  const isOwn = own > 0 && own >= qualityOf(JSON_CONTENT_TYPE, accept);
  return { 'content-type': isOwn ? A2A_CONTENT_TYPE : JSON_CONTENT_TYPE, vary: 'Accept' };
}

const JSON_CONTENT_TYPE = 'application/json';

/** The quality value, from 0 to 1, that an Accept header assigns to a media type. */
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
