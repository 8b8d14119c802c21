import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadNeverminedSettings } from '../../../src/rails/nevermined/nevermined-settings';

const jwt = (claims: object) =>
  ['{"alg":"none"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const address = `0x${'aB'.repeat(20)}`;
const key = jwt({ sub: address });

afterEach(() => vi.unstubAllEnvs());

describe('the environment', () => {
  it.each([
    [`sandbox:${key}`, 'https://api.sandbox.nevermined.app', 'eip155:84532'],
    [`live:${key}`, 'https://api.live.nevermined.app', 'eip155:8453'],
    [`sandbox-staging:${key}`, 'https://api.sandbox.nevermined.dev', 'eip155:84532'],
    [`LIVE-staging:${key}`, 'https://api.live.nevermined.dev', 'eip155:8453'],
  ])('is in the key: %.16s', (apiKey, backend, network) => {
    expect(loadNeverminedSettings({ apiKey })).toEqual({ apiKey, backend, network, address });
  });

  it('is that of the option or the variable for keys without a prefix', () => {
    const live = { backend: 'https://api.live.nevermined.app', network: 'eip155:8453', address };
    expect(loadNeverminedSettings({ apiKey: key, environment: 'live' })).toMatchObject(live);
    vi.stubEnv('NVM_API_KEY', key);
    vi.stubEnv('NVM_ENVIRONMENT', 'live');
    expect(loadNeverminedSettings({})).toMatchObject(live);
  });

  it('must not contradict the key', () => {
    vi.stubEnv('NVM_ENVIRONMENT', 'live');
    expect(() => loadNeverminedSettings({ apiKey: `sandbox:${key}` })).toThrow(
      /for `sandbox`, but the environment is `live`/,
    );
    expect(() =>
      loadNeverminedSettings({ apiKey: `sandbox:${key}`, environment: 'custom' }),
    ).toThrow(/custom/);
  });

  it('must have a name that there is', () => {
    vi.stubEnv('NVM_ENVIRONMENT', 'production');
    expect(() => loadNeverminedSettings({ apiKey: key })).toThrow('staging_sandbox');
  });

  it('is a backend of one’s own else, which has to be named', () => {
    expect(() => loadNeverminedSettings({ apiKey: `local:${key}` })).toThrow('NVM_BACKEND_URL');
    vi.stubEnv('NVM_BACKEND_URL', 'http://localhost:3001/');
    expect(loadNeverminedSettings({ apiKey: `local:${key}` })).toMatchObject({
      backend: 'http://localhost:3001',
      network: 'eip155:84532',
    });
    // The key's own wins, as with Nevermined's clients.
    expect(loadNeverminedSettings({ apiKey: `live:${key}` })).toMatchObject({
      backend: 'https://api.live.nevermined.app',
    });
  });
});

describe('the backend', () => {
  it.each([
    ['https://nvm.example.com/api/v1/', 'https://nvm.example.com'],
    ['https://proxy.example.com//nvm/', 'https://proxy.example.com/nvm'],
    ['http://127.0.0.1:4000/nevermined', 'http://127.0.0.1:4000/nevermined'],
  ])('%s is %s', (backendUrl, backend) => {
    expect(loadNeverminedSettings({ apiKey: key, backendUrl })).toMatchObject({ backend });
  });

  it.each([
    ['http://nvm.example.com', 'http://'],
    ['ftp://nvm.example.com', 'https://'],
    ['nvm', 'https://'],
    ['https://me:secret@nvm.example.com', 'credentials'],
    ['https://nvm.example.com?key=secret', 'query'],
  ])('cannot be %s', (backendUrl, problem) => {
    const load = () => loadNeverminedSettings({ apiKey: key, backendUrl });
    expect(load).toThrow(problem);
    expect(load).not.toThrow('secret');
  });
});

describe('the key', () => {
  it('is needed, and its name is said', () => {
    vi.stubEnv('NVM_API_KEY', ' ');
    expect(() => loadNeverminedSettings({})).toThrow('NVM_API_KEY');
  });

  it('must fit into a header, and is not shown', () => {
    const load = () =>
      loadNeverminedSettings({ apiKey: 'sandbox:geheim ü', backendUrl: 'https://x.y' });
    expect(load).toThrow('NVM_API_KEY');
    expect(load).not.toThrow('geheim');
  });

  it.each(['no-jwt', 'sandbox:a.b.c', `sandbox:${jwt({ sub: 'somebody' })}`, `sandbox:${jwt({})}`])(
    'may name no account: %.20s',
    (apiKey) => {
      const backendUrl = 'https://x.example.com';
      expect(loadNeverminedSettings({ apiKey, backendUrl }).address).toBeUndefined();
    },
  );
});
