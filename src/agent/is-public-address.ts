/**
 * Whether an IPv4 or IPv6 address belongs to the public internet: not loopback, private, carrier-grade NAT,
 * link-local, multicast, reserved, or documentation.
 *
 * An IPv6 address that contains an IPv4 address (mapped, or NAT64's well-known prefix) is checked by the IPv4
 * address. Text that is not an IP address is not public.
 */
export function isPublicAddress(address: string): boolean {
  const host = canonicalHost(address);
  if (host === undefined) {
    return false;
  }
  return host.startsWith('[') ? isPublicV6(groupsOf(host)) : isPublicV4(host);
}

/**
 * Normalizes a host as URLs do: lower case, IPv4 in four decimal numbers, IPv6 in brackets and compressed, no
 * trailing dots. Undefined if the host is invalid.
 */
export function canonicalHost(host: string): string | undefined {
  const bare = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  if (/[/?#@\\]/.test(bare) || /\]./.test(bare) || !URL.canParse(`http://${bare}`)) {
    return undefined;
  }
  let { hostname } = new URL(`http://${bare}`);
  while (hostname.endsWith('.')) {
    hostname = hostname.slice(0, -1);
  }
  return hostname === '' ? undefined : hostname;
}

/** First address and prefix length (IANA special-purpose registry, and Azure's internal addresses). */
const notPublicV4: [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

function isPublicV4(host: string): boolean {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) {
    return false;
  }
  const bits = bitsOfV4(host);
  return !notPublicV4.some(([first, length]) => {
    const size = 2 ** (32 - length);
    return Math.floor(bits / size) === Math.floor(bitsOfV4(first) / size);
  });
}

function bitsOfV4(host: string): number {
  return host.split('.').reduce((bits, number) => bits * 256 + Number(number), 0);
}

function isPublicV6(groups: number[]): boolean {
  const [first = 0, second = 0] = groups;
  const zeros = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0);
  const isMapped = zeros(0, 5) && groups[5] === 0xffff;
  const isNat64 = first === 0x64 && second === 0xff9b && zeros(2, 6);
  if (isMapped || isNat64) {
    const last = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]);
    return isPublicV4(last.join('.'));
  }
  // Global unicast, without its reserved ranges: protocol assignments, documentation, 6to4, documentation.
  return (
    first >> 13 === 1 &&
    !(first === 0x2001 && (second < 0x200 || second === 0xdb8)) &&
    first !== 0x2002 &&
    !(first === 0x3fff && second < 0x1000)
  );
}

/** The eight 16-bit groups of an IPv6 address in brackets. */
function groupsOf(host: string): number[] {
  const [left = [], right] = host
    .slice(1, -1)
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const missing =
    right === undefined ? [] : Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...missing, ...(right ?? [])].map((group) => Number.parseInt(group, 16));
}
