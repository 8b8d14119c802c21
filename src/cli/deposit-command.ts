import { parseArgs } from 'node:util';
import { type Command, UsageError } from './cli-context';
import {
  connectToExchange,
  exchangeOptions,
  exchangeOptionsHelp,
  keyHelp,
} from './connect-to-exchange';
import { printJson } from './print';

export const depositCommand: Command = {
  summary: 'add tokens to the account',
  usage: `Usage: a2a-settlement deposit AMOUNT [options]

  AMOUNT              whole tokens
  --reference TEXT    a note for the exchange's books
${exchangeOptionsHelp}
${keyHelp}`,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { ...exchangeOptions, reference: { type: 'string' } },
    });
    const [amount = ''] = positionals;
    if (positionals.length !== 1 || !/^[1-9]\d{0,14}$/.test(amount)) {
      throw new UsageError('AMOUNT must be a whole number of tokens.');
    }

    const exchange = connectToExchange(values.exchange, context);
    const deposit = await exchange.deposit(
      { amount: Number(amount), reference: values.reference },
      { idempotencyKey: crypto.randomUUID() },
    );

    if (values.json) {
      printJson(context, deposit);
      return;
    }
    context.stdout.write(
      `Deposited ${deposit.amount} tokens; ${deposit.newBalance} are available.\n`,
    );
  },
};
