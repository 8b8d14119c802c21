import type { AcceptedPayment } from 'ai-sdk-a2a-settlement/agent';

/** Your shop’s vouchers. A code is a number and a secret: `17.8f3a…`. */
interface Vouchers {
  find(code: string): Promise<{ amount: number } | undefined>;
  spend(code: string, amount: number): Promise<void>;
}

export function acceptVouchers(vouchers: Vouchers): AcceptedPayment {
  return {
    rail: 'voucher',
    extensions: () => [
      { uri: 'https://shop.example.com/voucher', description: '', required: false, params: {} },
    ],
    read({ message }) {
      const code: unknown = message.metadata?.['credential'];
      if (typeof code !== 'string') return undefined;
      const [id = ''] = code.split('.', 1); // names it in the storage: no secret
      return {
        id,
        expiresAt: new Date(Date.now() + 30 * 86_400_000),
        async verify() {
          const voucher = await vouchers.find(code).catch(() => undefined);
          if (voucher === undefined) {
            return { verified: false, reason: 'UNKNOWN', message: 'The voucher is not valid.' };
          }
          const { amount } = voucher;
          return {
            verified: true,
            sale: {
              amount,
              currency: 'points',
              mayStream: false, // the answer is sent when the voucher is spent
              async settle({ used = amount }) {
                const spent = Math.min(Math.ceil(used), amount);
                try {
                  await vouchers.spend(code, spent);
                  return { status: 'settled', amount: spent };
                } catch {
                  return { status: 'unsettled', reason: 'NOT_SPENT' };
                }
              },
              refund: async () => undefined, // nothing was taken before the work
            },
          };
        },
      };
    },
  };
}
