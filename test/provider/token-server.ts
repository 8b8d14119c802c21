import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

interface TokenRequestSeen {
  path: string;
  authorization: string | undefined;
  form: Record<string, string>;
}

/** A real OAuth 2 token endpoint, which numbers its tokens. */
export interface TokenServer {
  url: string;
  seen: TokenRequestSeen[];
  /** The tokens it has given out, the last one last. */
  tokens: string[];
  answerWith(answer: ((response: ServerResponse) => void) | undefined): void;
  close(): Promise<void>;
}

export async function startTokenServer({
  expiresIn = 3600,
}: { expiresIn?: number | undefined } = {}): Promise<TokenServer> {
  const seen: TokenRequestSeen[] = [];
  const tokens: string[] = [];
  let special: ((response: ServerResponse) => void) | undefined;
  const { url, server } = await serve(async (request, response) => {
    const { url: path = '', headers } = request;
    if (path.endsWith('/.well-known/openid-configuration')) {
      json(response, { issuer: url, token_endpoint: `${url}/oidc/token` });
      return;
    }
    const form = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
    seen.push({ path, authorization: headers.authorization, form });
    if (special !== undefined) return special(response);
    const token = `token-${crypto.randomUUID()}`;
    tokens.push(token);
    json(response, { access_token: token, token_type: 'Bearer', expires_in: expiresIn });
  });
  return {
    url,
    seen,
    tokens,
    answerWith: (answer) => void (special = answer),
    close: () => close(server),
  };
}

async function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, server };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function json(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
