import type {
  ReceiptStore,
  SettlementRecord,
} from '../../../src/settlement/state/settlement-record';

const dayMs = 86_400_000;

const sellers = [
  {
    agent: 'https://scraper.example.com/',
    rail: 'a2a-se',
    currency: 'ATE',
    amount: '20',
    fee: '1',
  },
  { agent: 'https://writer.example.com/', rail: 'a2a-se', currency: 'ATE', amount: '15', fee: '1' },
  { agent: 'https://maps.example.com/', rail: 'x402', currency: 'USDC', amount: '0.25', fee: '0' },
  {
    agent: 'https://search.example.com/a2a',
    rail: 'x402',
    currency: 'USDC',
    amount: '0.08',
    fee: '0',
  },
] as const;
const people = [
  { team: 'search', user: 'ada' },
  { team: 'search', user: 'grace' },
  { team: 'ads', user: 'linus' },
  { team: 'support', user: 'barbara' },
];

/** Four weeks of settlements, the same in each run. */
export async function addHistory(receipts: ReceiptStore): Promise<void> {
  const today = Math.floor(Date.now() / dayMs) * dayMs;
  let state = 7;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  let number = 0;
  for (let day = 28; day >= 1; day--) {
    const isWeekend = [0, 6].includes(new Date(today - day * dayMs).getUTCDay());
    for (let call = 0; call < (isWeekend ? 2 : 5 + random(6)); call++) {
      const seller = sellers[random(sellers.length)];
      const labels = people[random(people.length)];
      const heldAt = today - day * dayMs + 8 * 3_600_000 + random(10 * 3_600_000);
      const isReturned = random(6) === 0;
      const durationMs = 800 + random(20_000);
      if (seller === undefined || labels === undefined) continue;
      const id = (++number).toString(16).padStart(8, '0');
      const held: SettlementRecord = {
        ...seller,
        hold: `f00d${id}`,
        event: 'held',
        status: 'pending',
        at: iso(heldAt),
        heldAt: iso(heldAt),
        taskId: `task-${id}`,
        escrowId: `5b1d${id.slice(4)}-${id}-4c7a`,
        payee: seller.rail === 'x402' ? '0x7099…79C8' : `${id.slice(4)}-account`,
        exchangeUrl: seller.rail === 'x402' ? 'eip155:8453' : 'https://exchange.example.com/v1',
        decimals: seller.rail === 'x402' ? 6 : 0,
        expiresAt: iso(heldAt + 3_600_000),
        labels,
      };
      await receipts.append(held);
      const end = { ...held, at: iso(heldAt + durationMs), durationMs };
      await receipts.append(
        isReturned
          ? {
              ...end,
              event: 'refunded',
              status: 'refunded',
              returned: seller.rail === 'x402' ? seller.amount : String(Number(seller.amount) + 1),
              reason: random(2) === 0 ? 'task-failed' : 'aborted',
            }
          : {
              ...end,
              event: 'released',
              status: 'released',
              captured: seller.amount,
              ...(seller.rail === 'x402' && {
                proof: [
                  {
                    transaction: `0x${id.repeat(8)}`,
                    network: 'eip155:8453',
                    confirmedBy: 'ledger',
                  },
                ],
              }),
            },
      );
    }
  }
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
