import type { HonoRequest } from 'hono';
import * as z from 'zod/v4';
import { findJsonError } from './json-error';

/** One entry of `detail` in a 422 response. */
export interface ValidationDetail {
  type: string;
  loc: (string | number)[];
  msg: string;
  input: unknown;
  ctx?: Record<string, unknown>;
}

/** The request does not match the endpoint's schema. Sent as 422 `{ "detail": [...] }`. */
export class InvalidRequest extends Error {
  readonly detail: ValidationDetail[];

  constructor(detail: ValidationDetail[]) {
    super('Invalid request');
    this.name = 'InvalidRequest';
    this.detail = detail;
  }
}

/** Parses the body as JSON. A body with another content type stays a string; no body is `undefined`. */
export async function readJson(request: HonoRequest): Promise<unknown> {
  const body = await request.text();
  if (body === '') return undefined;
  const mediaType = request.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== undefined && !/^application\/(.+\+)?json$/.test(mediaType)) return body;

  try {
    return JSON.parse(body);
  } catch {
    // Python accepts NaN as a number, JSON does not.
    const { message, position } = findJsonError(body) ?? {
      message: 'Expecting value',
      position: 0,
    };
    const loc = ['body', position];
    const ctx = { error: message };
    throw new InvalidRequest([
      { type: 'json_invalid', loc, msg: 'JSON decode error', input: {}, ctx },
    ]);
  }
}

/** @throws {InvalidRequest} with one entry for every invalid field. */
export function validate<T>(schema: z.ZodType<T>, input: unknown, where: 'body' | 'query'): T {
  if (input === undefined || input === null) {
    throw new InvalidRequest([{ ...missing, loc: [where], input: null }]);
  }
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new InvalidRequest(result.error.issues.map((issue) => toDetail(issue, input, where)));
}

const missing = { type: 'missing', msg: 'Field required' };

const refusalSchema = z.object({
  type: z.string(),
  ctx: z.record(z.string(), z.unknown()).optional(),
});

const notAnObject = {
  type: 'model_attributes_type',
  msg: 'Input should be a valid dictionary or object to extract fields from',
};

const structural = new Map<string, { type: string; msg: string }>([
  ['array', { type: 'list_type', msg: 'Input should be a valid list' }],
  ['record', { type: 'dict_type', msg: 'Input should be a valid dictionary' }],
]);

function toDetail(issue: z.core.$ZodIssue, input: unknown, where: string): ValidationDetail {
  const loc = [where, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
  const value = valueAt(input, issue.path);
  if (value === undefined) {
    return { ...missing, loc, input: valueAt(input, issue.path.slice(0, -1)) };
  }

  if (issue.code === 'custom') {
    const { type, ctx } = refusalSchema.parse(issue.params);
    const detail = { type, loc, msg: issue.message, input: value };
    return ctx === undefined ? detail : { ...detail, ctx };
  }
  const expected = issue.code === 'invalid_type' ? issue.expected : 'object';
  return { ...(structural.get(expected) ?? notAnObject), loc, input: value };
}

function valueAt(input: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    input,
  );
}
