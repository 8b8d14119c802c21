import { parseArgs } from 'node:util';
import { type Command, UsageError } from './cli-context';
import {
  connectToExchange,
  exchangeOptions,
  exchangeOptionsHelp,
  keyHelp,
} from './connect-to-exchange';
import { printJson, printTable } from './print';

export const escrowsCommand: Command = {
  summary: 'list escrows, newest first',
  usage: `Usage: a2a-settlement escrows [options]

  --status STATUS     held, released, refunded, expired, disputed, …
  --task ID           the escrows of one task
  --limit N           at most N (default: 50)
${exchangeOptionsHelp}
${keyHelp}`,

  async run(args, context) {
    const { values } = parseArgs({
      args,
      options: {
        ...exchangeOptions,
        status: { type: 'string' },
        task: { type: 'string' },
        limit: { type: 'string', default: '50' },
      },
    });
    if (!/^[1-9]\d{0,5}$/.test(values.limit)) {
      throw new UsageError('--limit must be a whole number.');
    }

    const list = await connectToExchange(values.exchange, context).listEscrows({
      status: values.status,
      taskId: values.task,
      limit: Number(values.limit),
    });

    if (values.json) {
      printJson(context, list);
      return;
    }
    printTable(context, [
      ['ESCROW', 'STATUS', 'AMOUNT', 'FEE', 'PAYEE', 'EXPIRES', 'TASK'],
      ...list.escrows.map((escrow) => [
        escrow.escrowId,
        escrow.status,
        String(escrow.amount),
        String(escrow.feeAmount),
        escrow.providerId,
        escrow.expiresAt.toISOString(),
        escrow.taskId ?? '',
      ]),
    ]);
    if (list.total > list.escrows.length) {
      context.stdout.write(`${list.escrows.length} of ${list.total}\n`);
    }
  },
};
