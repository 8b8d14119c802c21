import { encodePathSegment } from '@ai-sdk/provider-utils';
import { pathIdSchema } from './escrow-request-schemas';
import { strictBody } from './strict-body';

// An id may come from a message of somebody else: it is checked before a path or a message bears it.
export function named(operation: string, id: string): string {
  strictBody(pathIdSchema, operation, { id });
  return `${operation} ${id}`;
}

export function post(path: string, operation: string, body: object) {
  return { method: 'POST', path, operation, body } as const;
}

export function get(
  path: string,
  operation: string,
  query: Record<string, string | number | undefined> = {},
) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) {
      search.set(name, String(value));
    }
  }
  return {
    method: 'GET',
    path: search.size === 0 ? path : `${path}?${search}`,
    operation,
  } as const;
}

export function escrowPath(escrowId: string, collection: 'escrow' | 'escrows'): string {
  return `/exchange/${collection}/${encodePathSegment(escrowId)}`;
}
