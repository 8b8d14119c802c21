import { clock } from '../clock';

export const planId = '4711';

/** An access token, and what was charged by it. */
export interface CreditToken {
  text: string;
  version: 2 | 3;
  /** Of its delegation. */
  endsAt: number;
  charges: { credits: number; transaction: string }[];
}

/** Nevermined's backend, as far as a buyer asks it and a seller charges. */
export class Credits {
  readonly tokens = new Map<string, CreditToken>();
  private readonly delegations = new Map<string, number>();
  private readonly version: 2 | 3;

  constructor({ version }: { version: 2 | 3 }) {
    this.version = version;
  }

  async answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.includes('/plans/')) {
      const price = { isCrypto: true, amounts: ['1'] };
      return Response.json({ registry: { price, credits: { amount: '1000' } } });
    }
    const body = (await request.json()) as {
      durationSecs: number;
      accepted: { planId: string; scheme: string; network: string; extra: { agentId: string } };
      delegationConfig: { delegationId: string };
    };
    if (pathname.endsWith('/delegation/create')) {
      const delegationId = `delegation-${this.delegations.size}`;
      this.delegations.set(delegationId, clock.now() + body.durationSecs * 1000);
      return Response.json({ delegationId });
    }
    return Response.json({ accessToken: this.mint(body) });
  }

  /** What the seller took. Undefined where the backend refuses. */
  charge(text: string, credits: number): CreditToken['charges'][number] | undefined {
    const token = this.tokens.get(text);
    if (token === undefined || token.endsAt <= clock.now()) return undefined;
    if (token.version === 3 && token.charges.length > 0) return undefined;
    const charge = { credits, transaction: `0x${crypto.randomUUID().replaceAll('-', '')}` };
    token.charges.push(charge);
    return charge;
  }

  private mint({
    accepted,
    delegationConfig: { delegationId },
  }: {
    accepted: object;
    delegationConfig: { delegationId: string };
  }): string {
    const authorization = {
      from: '0x3333333333333333333333333333333333333333',
      ...(this.version === 3 && { nonce: crypto.randomUUID() }),
    };
    const signature = `secret-${crypto.randomUUID()}`;
    const wire = { x402Version: 2, accepted, payload: { signature, authorization } };
    const text = Buffer.from(JSON.stringify(wire)).toString('base64url');
    const endsAt = this.delegations.get(delegationId) ?? 0;
    this.tokens.set(text, { text, version: this.version, endsAt, charges: [] });
    return text;
  }
}
