import { loadOptionalSetting } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import { isThisMachine } from '../../internal/is-this-machine';
import { SettlementError } from '../rail';
import { readBase64Json } from './access-token';
import type { NeverminedConnectionOptions, NeverminedEnvironment } from './nevermined-options';

const backends: Record<Exclude<NeverminedEnvironment, 'custom'>, string> = {
  sandbox: 'https://api.sandbox.nevermined.app',
  live: 'https://api.live.nevermined.app',
  staging_sandbox: 'https://api.sandbox.nevermined.dev',
  staging_live: 'https://api.live.nevermined.dev',
};

/** The environments by key prefix. A key without a known prefix belongs to a custom backend. */
const prefixes = new Map<string, NeverminedEnvironment>([
  ['sandbox', 'sandbox'],
  ['live', 'live'],
  ['sandbox-staging', 'staging_sandbox'],
  ['live-staging', 'staging_live'],
]);

const environmentSchema = z.enum(['sandbox', 'live', 'staging_sandbox', 'staging_live', 'custom']);

export interface NeverminedSettings {
  apiKey: string;
  /** Without a trailing slash and without `/api/v1`. */
  backend: string;
  /** The network of plans that are paid with a stablecoin. */
  network: string;
  /** The account's address, from the key. Undefined if the key does not contain it. */
  address: string | undefined;
}

/** @throws SettlementError `NOT_CONFIGURED` if a key or a backend is missing, or if they do not match. */
export function loadNeverminedSettings(options: NeverminedConnectionOptions): NeverminedSettings {
  const apiKey = loadApiKey(options.apiKey);
  const [prefix = '', jwt] = apiKey.split(':', 2);
  const named = loadEnvironment(options.environment);
  const own = jwt === undefined ? undefined : prefixes.get(prefix.toLowerCase());
  if (named !== undefined && own !== undefined && named !== own) {
    throw unusable(
      `the API key is for \`${own}\`, but the environment is \`${named}\`. Omit \`environment\` (NVM_ENVIRONMENT), or use a key for \`${named}\``,
    );
  }
  const environment = own ?? named ?? 'custom';
  const backend =
    options.backendUrl ??
    (environment === 'custom' ? loadSetting('NVM_BACKEND_URL') : backends[environment]);
  if (backend === undefined) {
    throw unusable(
      'the API key does not say which environment it is for. Set `environment` (NVM_ENVIRONMENT), or the backend with `backendUrl` (NVM_BACKEND_URL)',
    );
  }
  return {
    apiKey,
    backend: baseUrl(backend),
    network: environment.endsWith('live') ? 'eip155:8453' : 'eip155:84532',
    address: addressOf(jwt ?? prefix),
  };
}

function loadApiKey(option: string | undefined): string {
  const apiKey = (option ?? loadSetting('NVM_API_KEY'))?.trim() ?? '';
  if (apiKey === '') {
    throw new SettlementError({
      code: 'NOT_CONFIGURED',
      message:
        "The buyer's API key of Nevermined is missing. Set the environment variable NVM_API_KEY, or pass `apiKey` to `nevermined`.",
    });
  }
  // `fetch` would include the key in its error.
  if (!/^[!-~]+$/.test(apiKey)) {
    throw unusable(
      'the API key contains characters that are not allowed in a header. Check NVM_API_KEY',
    );
  }
  return apiKey;
}

function loadEnvironment(option: string | undefined): NeverminedEnvironment | undefined {
  const name = option ?? loadSetting('NVM_ENVIRONMENT');
  if (name === undefined) return undefined;
  const environment = environmentSchema.safeParse(name);
  if (environment.success) return environment.data;
  throw unusable(`the environment is unknown. Use one of ${environmentSchema.options.join(', ')}`);
}

function loadSetting(environmentVariableName: string): string | undefined {
  return (
    loadOptionalSetting({ settingValue: undefined, environmentVariableName })?.trim() || undefined
  );
}

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === undefined || !isWeb) throw unusable('the backend must be an https:// URL');
  if (url.protocol === 'http:' && !isThisMachine(url)) {
    throw unusable(
      'http:// would expose the API key. Use https://; http:// is allowed only for a backend on this machine',
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw unusable('the backend URL must not contain credentials, a query or a fragment');
  }
  const path = url.pathname.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  return `${url.protocol}//${url.host}${path.replace(/\/api\/v1$/, '')}`;
}

/** The `sub` claim of a JWT. It is not verified here: the backend verifies the key. */
function addressOf(jwt: string): string | undefined {
  const claims = readBase64Json(jwt.split('.')[1] ?? '');
  return claimsSchema.safeParse(claims).data?.sub;
}

const claimsSchema = z.object({ sub: z.string().regex(/^0x[0-9a-f]{40}$/i) });

function unusable(problem: string): SettlementError {
  return new SettlementError({
    code: 'NOT_CONFIGURED',
    message: `Nevermined cannot be used: ${problem}.`,
  });
}
