/** Pairs of hold and release that the sandbox's exchange answers in a second, over HTTP on loopback. */
import { createExchangeClient } from '../src/rails/exchange/exchange-client';
import { figure } from './figure';
import { median, timeOf } from './in-turn';
import { startServer } from './start-server';

const pairs = Number(process.env['PAIRS'] ?? 1000);
const runs = Number(process.env['RUNS'] ?? 5);
const { apiKey, close, exchangeUrl, payee } = await startServer();
const client = createExchangeClient({ url: exchangeUrl, apiKey });

async function pair(): Promise<void> {
  const { escrowId } = await client.hold({ providerId: payee, amount: 10, ttlMinutes: 60 });
  await client.release(escrowId);
}

for (const atOnce of [1, 8]) {
  const rates: number[] = [];
  for (let run = -1; run < runs; run++) {
    const ms = await timeOf(async () => {
      const worker = async () => {
        for (let index = 0; index < pairs / atOnce; index++) await pair();
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
    });
    if (run >= 0) rates.push((pairs / ms) * 1000);
  }
  figure({
    what: `sandbox, hold + release over HTTP, ${atOnce === 1 ? 'one by one' : `${atOnce} at once`}`,
    measured: `${median(rates).toFixed(0)} pairs a second`,
  });
}
close();
