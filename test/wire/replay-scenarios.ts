import * as z from 'zod/v4';

const stepSchema = z.object({
  as: z.string().optional(),
  method: z.string(),
  path: z.string(),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  save: z.record(z.string(), z.string()).optional(),
  parallel: z.number().optional(),
  status: z.union([z.number(), z.array(z.number())]),
  answer: z.unknown().optional(),
});

export const scenariosSchema = z.array(
  z.object({ name: z.string(), accounts: z.array(z.string()), steps: z.array(stepSchema) }),
);

export type Scenario = z.infer<typeof scenariosSchema>[number];
type Step = z.infer<typeof stepSchema>;
type FetchLike = (request: Request) => Promise<Response>;

/** One answer that is not the recorded one. */
export interface Difference {
  step: string;
  want: unknown;
  got: unknown;
}

let counter = 0;

/**
 * Sends the recorded requests of a scenario and returns every answer that differs.
 *
 * `{{payer.id}}`, `{{escrow}}`, `{{uniq}}` are filled in, `save` keeps a value of an answer. In a
 * recorded answer `<uuid>`, `<time>`, `<key>`, `<text>`, `<uniq>` stand for any value of that kind,
 * and an absent field equals null. Of a parallel step only the number of successes is compared.
 */
export async function replayScenario(
  fetch: FetchLike,
  scenario: Scenario,
  { baseUrl = 'http://exchange.test' }: { baseUrl?: string } = {},
): Promise<Difference[]> {
  const uniq = `${Date.now().toString(36)}x${counter++}`;
  const vars: Record<string, unknown> = { uniq };
  for (const name of scenario.accounts) {
    const { answer } = await send(fetch, baseUrl, registration(name, uniq), vars);
    vars[name] = { id: at(answer, 'account.id'), key: at(answer, 'api_key') };
  }

  const differences: Difference[] = [];
  for (const [index, step] of scenario.steps.entries()) {
    const answers = await Promise.all(
      Array.from({ length: step.parallel ?? 1 }, () => send(fetch, baseUrl, step, vars)),
    );
    const answer = answers[0]?.answer;
    for (const [name, path] of Object.entries(step.save ?? {})) vars[name] = at(answer, path);

    const got = answers.map(({ status }) => status);
    const same = Array.isArray(step.status)
      ? successes(got) === successes(step.status)
      : got[0] === step.status && fits(step.answer, answer, uniq);
    if (!same) {
      differences.push({
        step: `${index + 1} ${step.method} ${step.path}`,
        want: { status: step.status, answer: step.answer },
        got: { status: got, answer },
      });
    }
  }
  return differences;
}

async function send(
  fetch: FetchLike,
  baseUrl: string,
  step: Pick<Step, 'as' | 'method' | 'path' | 'headers' | 'body'>,
  vars: Record<string, unknown>,
): Promise<{ status: number; answer: unknown }> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(step.headers ?? {})) {
    headers.set(name, fillText(value, vars));
  }
  const key = step.as === undefined ? undefined : at(vars, `${step.as}.key`);
  if (typeof key === 'string' && !headers.has('authorization')) {
    headers.set('authorization', `Bearer ${key}`);
  }
  const body = fill(step.body, vars);
  if (body !== undefined && !headers.has('content-type')) {
    headers.set('content-type', 'application/json');
  }
  const response = await fetch(
    new Request(baseUrl + fillText(step.path, vars), {
      method: step.method,
      headers,
      redirect: 'manual',
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  );
  return { status: response.status, answer: parse(await response.text()) };
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)?$/;

function fits(want: unknown, got: unknown, uniq: string): boolean {
  if (typeof want === 'string') {
    if (typeof got !== 'string') return false;
    if (want === '<time>') return TIME.test(got);
    if (want === '<key>') return got.startsWith('ate_');
    if (want === '<text>') return true;
    return got.replace(UUID, '<uuid>').replaceAll(uniq, '<uniq>') === want;
  }
  if (Array.isArray(want)) return Array.isArray(got) && fitsInAnyOrder(want, got, uniq);
  if (typeof want === 'object' && want !== null) {
    return (
      typeof got === 'object' &&
      got !== null &&
      Object.entries(want).every(([key, value]) => fits(value, Reflect.get(got, key) ?? null, uniq))
    );
  }
  return want === got;
}

// The reference exchange sorts its lists by the second.
function fitsInAnyOrder(want: unknown[], got: unknown[], uniq: string): boolean {
  const left = [...got];
  return (
    want.length === got.length &&
    want.every((item) => {
      const index = left.findIndex((candidate) => fits(item, candidate, uniq));
      if (index < 0) return false;
      left.splice(index, 1);
      return true;
    })
  );
}

function fill(value: unknown, vars: Record<string, unknown>): unknown {
  if (typeof value === 'string') {
    const name = /^\{\{([^}]+)\}\}$/.exec(value)?.[1];
    return name === undefined ? fillText(value, vars) : (at(vars, name) ?? value);
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, vars));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, vars)]));
  }
  return value;
}

function fillText(value: string, vars: Record<string, unknown>): string {
  return value.replaceAll(/\{\{([^}]+)\}\}/g, (_, name: string) => String(at(vars, name)));
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
      value,
    );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function successes(statuses: number[]): number {
  return statuses.filter((status) => status < 300).length;
}

function registration(name: string, uniq: string) {
  return {
    method: 'POST',
    path: '/v1/accounts/register',
    body: {
      bot_name: `${name}-${uniq}`,
      developer_id: `dev-${name}-${uniq}`,
      developer_name: 'Dev',
      contact_email: 'dev@example.com',
    },
  };
}
