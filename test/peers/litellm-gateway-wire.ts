/** As much of A2A's two wire formats as the gateway converts between. */
export type Json = { [key: string]: unknown };

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const wireMethods = new Map([
  ['SendMessage', 'message/send'],
  ['SendStreamingMessage', 'message/stream'],
  ['GetTask', 'tasks/get'],
  ['CancelTask', 'tasks/cancel'],
  ['SubscribeToTask', 'tasks/resubscribe'],
]);

/** The parameters of a 1.0 request, as 0.3 has them. */
export function paramsTo03(params: Json): Json {
  const { message, configuration, ...rest } = params;
  return {
    ...rest,
    ...(isJson(message) && { message: messageTo03(message) }),
    ...(isJson(configuration) && { configuration: configurationTo03(configuration) }),
  };
}

function configurationTo03({ returnImmediately, ...rest }: Json): Json {
  return { ...rest, blocking: returnImmediately !== true };
}

function messageTo03({ role, parts, ...rest }: Json): Json {
  return {
    ...rest,
    kind: 'message',
    role: role === 'ROLE_USER' ? 'user' : 'agent',
    parts: list(parts).map(partTo03),
  };
}

function partTo03({ text, raw, url, data, filename, mediaType, metadata }: Json): Json {
  const more = metadata === undefined ? {} : { metadata };
  if (text !== undefined) return { kind: 'text', text, ...more };
  if (data !== undefined) return { kind: 'data', data, ...more };
  const file = { name: filename, mimeType: mediaType };
  return {
    kind: 'file',
    file: raw === undefined ? { ...file, uri: url } : { ...file, bytes: raw },
    ...more,
  };
}

/** A 0.3 result in its 1.0 envelope; a task that was asked for has none. */
export function resultTo10(result: Json, { isBare = false } = {}): Json {
  const { kind, ...rest } = result;
  delete rest['final'];
  switch (kind) {
    case 'message':
      return { message: messageTo10(result) };
    case 'task': {
      const task = taskTo10(rest);
      return isBare ? task : { task };
    }
    case 'status-update':
      return { statusUpdate: { ...rest, status: statusTo10(rest['status']) } };
    case 'artifact-update':
      return {
        artifactUpdate: {
          ...withoutDefaults(rest, ['append', 'lastChunk']),
          artifact: artifactTo10(rest['artifact']),
        },
      };
    default:
      return result;
  }
}

/** The version that a card names stays the interface's: 0.3.0 where it names none. */
export function cardTo10({ protocolVersion = '0.3.0', skills, ...card }: Json, url: string): Json {
  return {
    ...card,
    skills: list(skills).map((skill) => withoutDefaults(skill, ['tags'])),
    supportedInterfaces: [{ url, protocolBinding: 'JSONRPC', protocolVersion }],
  };
}

function taskTo10(task: Json): Json {
  return withoutDefaults(
    {
      ...task,
      status: statusTo10(task['status']),
      artifacts: list(task['artifacts']).map(artifactTo10),
      history: list(task['history']).map(messageTo10),
    },
    ['artifacts', 'history'],
  );
}

/** As ProtoJSON is written: `false` and an empty list are the same as nothing. */
function withoutDefaults(value: Json, fields: string[]): Json {
  const isDefault = (one: unknown) => one === false || (Array.isArray(one) && one.length === 0);
  return Object.fromEntries(
    Object.entries(value).filter(([name, one]) => !fields.includes(name) || !isDefault(one)),
  );
}

function statusTo10(status: unknown): unknown {
  if (!isJson(status)) return status;
  const { state, message } = status;
  return {
    ...status,
    state: `TASK_STATE_${String(state).toUpperCase().replaceAll('-', '_')}`,
    ...(isJson(message) && { message: messageTo10(message) }),
  };
}

function artifactTo10(artifact: unknown): unknown {
  return isJson(artifact)
    ? { ...artifact, parts: list(artifact['parts']).map(partTo10) }
    : artifact;
}

function messageTo10({ role, parts, ...rest }: Json): Json {
  delete rest['kind'];
  return {
    ...rest,
    role: role === 'user' ? 'ROLE_USER' : 'ROLE_AGENT',
    parts: list(parts).map(partTo10),
  };
}

function partTo10({ kind, text, data, file, metadata }: Json): Json {
  const more = metadata === undefined ? {} : { metadata };
  if (kind === 'text') return { text, ...more };
  if (kind === 'data') return { data, ...more };
  const { bytes, uri, name, mimeType } = isJson(file) ? file : {};
  return {
    ...(bytes === undefined ? { url: uri } : { raw: bytes }),
    ...(name !== undefined && { filename: name }),
    ...(mimeType !== undefined && { mediaType: mimeType }),
    ...more,
  };
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}
