import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createAddressPolicy } from '../../src/agent/address-policy';
import { isPublicAddress } from '../../src/agent/is-public-address';

const isAllowed = async (address: string, options = {}) =>
  (await createAddressPolicy(options)(address)).allowed;

test.each([
  'https://example.com/',
  'https://example.com:443/hook?x=1#y',
  'https://EXAMPLE.com./',
  'https://8.8.8.8/',
  'https://[2606:4700:4700::1111]/',
  'https://[::ffff:8.8.8.8]/',
  'https://xn--bcher-kva.example.org/',
  'https://local.example.com/',
])('%s is allowed', async (address) => {
  expect(await isAllowed(address)).toBe(true);
});

describe.each([
  [
    'of another scheme',
    ['http://example.com/', 'ftp://example.com/', 'file:///etc/passwd', 'data:,x', 'javascript:0'],
  ],
  [
    'on another port',
    ['https://example.com:8443/', 'https://example.com:80/', 'https://example.com:0/'],
  ],
  [
    'with a user',
    [
      'https://root@example.com/',
      'https://root:pw@example.com/',
      'https://:pw@example.com/',
      'https://example.com@127.0.0.1/',
    ],
  ],
  [
    'that is none',
    [
      '',
      '/hook',
      'example.com',
      'https://',
      'https://exa mple.com/',
      `https://example.com/${'x'.repeat(2048)}`,
    ],
  ],
])('a URL %s is refused:', (_, urls) => {
  test.each(urls)('%s', async (url) => {
    expect(await isAllowed(url)).toBe(false);
  });
});

describe.each([
  [
    'of this machine',
    [
      'localhost',
      'LOCALHOST',
      'localhost.',
      'localhost..',
      'localhost%2e',
      'a.localhost',
      '127.0.0.1',
      '127.0.0.1.',
      '127.1',
      '127.255.255.255',
      '0.0.0.0',
      '0',
      '[::]',
      '[::1]',
      '[0:0:0:0:0:0:0:1]',
      '①②⑦.0.0.1',
      '127。0。0。1',
    ],
  ],
  [
    'of a private network',
    [
      '10.0.0.1',
      '10.255.255.255',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '[fc00::1]',
      '[fdff::1]',
      '[fd00:ec2::254]',
      '[fec0::1]',
    ],
  ],
  ['in decimal', ['2130706433', '3232235777', '167772161', '2852039166']],
  ['in octal', ['0177.0.0.1', '017700000001', '012.0.0.1', '0251.0376.0251.0376']],
  ['in hexadecimal', ['0x7f.0.0.1', '0x7f000001', '0xa.0.0.1', '0xA9FEA9FE', '0x7f.1']],
  [
    'in an IPv6 address',
    [
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::ffff:10.0.0.1]',
      '[::ffff:a9fe:a9fe]',
      '[::127.0.0.1]',
      '[64:ff9b::127.0.0.1]',
      '[64:ff9b:1::8.8.8.8]',
      '[2002:7f00:1::1]',
      '[2002:808:808::]',
      '[2001::1]',
      '[::ffff:0:127.0.0.1]',
    ],
  ],
  ['link-local', ['169.254.169.254', '[fe80::1]', '[febf::1]', '169.254.0.0']],
  ['of a carrier', ['100.64.0.1', '100.127.255.255', '100.100.100.200']],
  [
    'multicast or broadcast',
    ['224.0.0.1', '239.255.255.255', '255.255.255.255', '[ff02::1]', '[ff0e::1]'],
  ],
  [
    'reserved or for documentation',
    [
      '192.0.0.1',
      '192.0.0.192',
      '192.0.2.1',
      '192.88.99.1',
      '198.18.0.1',
      '198.19.255.255',
      '198.51.100.1',
      '203.0.113.1',
      '240.0.0.1',
      '168.63.129.16',
      '[2001:db8::1]',
      '[3fff::1]',
      '[100::1]',
      '[5f00::1]',
      '[4000::1]',
    ],
  ],
  [
    'with an inside name',
    [
      'intranet',
      'metadata.google.internal',
      'metadata.google.internal.',
      'printer.local',
      'PRINTER.LOCAL',
      'api.default.svc.cluster.local',
      'api.default.svc',
      'router.lan',
      'nas.home.arpa',
      'hook.test',
      'hook.example',
      'x.localdomain',
      'x.onion',
    ],
  ],
])('an address %s is refused:', (_, addresses) => {
  test.each(addresses.map((address) => `https://${address}/`))('%s', async (address) => {
    expect(await isAllowed(address)).toBe(false);
  });
});

test('what is on either side of a range is public', () => {
  const edges = [
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2001:200::',
    '2001:db7::',
    '2001:db9::',
    '2003::',
    '3fff:1000::',
    '2000::',
    '3ffe:ffff::',
  ];
  expect(edges.filter((edge) => !isPublicAddress(edge))).toEqual([]);
  const texts = [
    '',
    'example.com',
    '1.2.3',
    '1.2.3.4.5',
    'fe80::1%eth0',
    '::1::',
    '8.8.8.8:443',
    '[2606::1]:443',
    '8.8.8.8/x',
  ];
  expect(texts.filter((text) => text !== '1.2.3' && isPublicAddress(text))).toEqual([]);
});

test('all spellings of an IPv4 address are judged alike', () => {
  fc.assert(
    fc.property(fc.ipV4(), (ip) => {
      const [a = 0, b = 0, c = 0, d = 0] = ip.split('.').map(Number);
      const number = ((a * 256 + b) * 256 + c) * 256 + d;
      const hex = (one: number) => one.toString(16);
      const spellings = [
        String(number),
        `0x${number.toString(16)}`,
        [a, b, c, d].map((one) => `0${one.toString(8)}`).join('.'),
        `${a}.${number % 2 ** 24}`,
        `${ip}.`,
        `::ffff:${ip}`,
        `::ffff:${hex(a * 256 + b)}:${hex(c * 256 + d)}`,
        `64:ff9b::${ip}`,
      ];
      expect(new Set(spellings.map(isPublicAddress))).toEqual(new Set([isPublicAddress(ip)]));
    }),
  );
});

test('no text makes the policy throw', async () => {
  const judge = createAddressPolicy();
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.ipV6().map((ip) => `https://[${ip}]`),
      ),
      async (text) => {
        const verdict = await judge(text);
        if (verdict.allowed) expect(verdict.url.protocol).toBe('https:');
      },
    ),
  );
});

describe('a trusted', () => {
  test('origin is allowed, and nothing beside it', async () => {
    const trust = { trustedOrigins: ['http://localhost:3000', 'http://[::1]:80/'] };
    expect(await isAllowed('http://LOCALHOST:3000/hook', trust)).toBe(true);
    expect(await isAllowed('http://[0::1]/', trust)).toBe(true);
    for (const other of [
      'http://localhost:3001/',
      'https://localhost:3000/',
      'http://x@localhost:3000/',
      'http://127.0.0.1:3000/',
    ]) {
      expect(await isAllowed(other, trust)).toBe(false);
    }
  });

  test('host is allowed on any port, over http and https', async () => {
    const trust = { trustedHosts: ['localhost', '::1', '10.0.0.1'] };
    for (const url of [
      'http://localhost:3000/',
      'https://localhost./',
      'http://[::1]:8/',
      'http://0xa.0.0.1/',
    ]) {
      expect(await isAllowed(url, trust)).toBe(true);
    }
    for (const url of [
      'ftp://localhost/',
      'http://a.localhost/',
      'http://u@localhost/',
      'http://10.0.0.2/',
    ]) {
      expect(await isAllowed(url, trust)).toBe(false);
    }
  });

  test.each([
    { trustedOrigins: ['localhost'] },
    { trustedOrigins: ['ftp://localhost'] },
    { trustedHosts: ['http://localhost'] },
    { trustedHosts: ['localhost:3000'] },
    { trustedHosts: [''] },
  ])('address that is none is an error: %j', (options) => {
    expect(() => createAddressPolicy(options)).toThrow(/is not an? (origin|host) such as/);
  });
});

describe('a name that is looked up', () => {
  afterEach(() => void vi.useRealTimers());

  test.each([
    ['public addresses', ['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'], true],
    ['one private address among them', ['8.8.8.8', '10.0.0.1'], false],
    ['a link-local address with its zone', ['fe80::1%eth0'], false],
    ['no address', [], false],
    ['something else', ['example.com'], false],
  ])('with %s', async (_, addresses, allowed) => {
    const resolve = vi.fn(async () => addresses);
    expect(await isAllowed('https://rebind.example.com./', { resolve })).toBe(allowed);
    expect(resolve).toHaveBeenCalledExactlyOnceWith('rebind.example.com');
  });

  test('in vain, or for ever, is refused with the words for a private one', async () => {
    vi.useFakeTimers();
    const verdicts = [
      async () => ['10.0.0.1'],
      async () => [],
      () => Promise.reject(new Error('ENOTFOUND inside.example.com')),
      () => new Promise<string[]>(() => {}),
    ].map((resolve) => createAddressPolicy({ resolve })('https://inside.example.com/'));
    await vi.runAllTimersAsync();
    const reasons = (await Promise.all(verdicts)).map(
      (verdict) => !verdict.allowed && verdict.reason,
    );
    expect(new Set(reasons)).toEqual(new Set(['It must be on a host of the public internet.']));
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is not looked up when its spelling is enough', async () => {
    const resolve = vi.fn(async () => ['8.8.8.8']);
    const trust = { resolve, trustedHosts: ['localhost'] };
    for (const url of [
      'http://localhost/',
      'https://8.8.8.8/',
      'https://10.0.0.1/',
      'https://x.internal/',
    ]) {
      await isAllowed(url, trust);
    }
    expect(resolve).not.toHaveBeenCalled();
  });
});
