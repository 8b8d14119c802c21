import { parseArgs } from 'node:util';
import { type Command, UsageError } from './cli-context';
import {
  connectToExchange,
  exchangeOptions,
  exchangeOptionsHelp,
  keyHelp,
} from './connect-to-exchange';
import { printJson, printTable } from './print';

/** An exchange answers a status that it does not know with an empty list. */
const statuses = [
  'held',
  'released',
  'partially_released',
  'refunded',
  'expired',
  'evidence_pending',
  'disputed',
];

export const escrowsCommand: Command = {
  summary: 'list escrows, newest first',
  usage: `Usage: a2a-settlement escrows [options]

  --status STATUS     ${statuses.slice(0, 4).join(', ')},
                      ${statuses.slice(4).join(', ')}
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
    const { status } = values;
    if (status !== undefined && !statuses.includes(status)) {
      throw new UsageError(`--status must be one of ${statuses.join(', ')}.`);
    }

    const list = await connectToExchange(values.exchange, context).listEscrows({
      status,
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
