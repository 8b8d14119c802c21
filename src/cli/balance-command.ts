import { parseArgs } from 'node:util';
import type { Command } from './cli-context';
import {
  connectToExchange,
  exchangeOptions,
  exchangeOptionsHelp,
  keyHelp,
} from './connect-to-exchange';
import { printFacts, printJson } from './print';

export const balanceCommand: Command = {
  summary: 'show the account and its tokens',
  usage: `Usage: a2a-settlement balance [options]

${exchangeOptionsHelp}
${keyHelp}`,

  async run(args, context) {
    const { values } = parseArgs({ args, options: exchangeOptions });
    const balance = await connectToExchange(values.exchange, context).balance();

    if (values.json) {
      printJson(context, balance);
      return;
    }
    printFacts(context, {
      Account: balance.accountId,
      Available: balance.available,
      'Held in escrow': balance.heldInEscrow,
      Earned: balance.totalEarned,
      Spent: balance.totalSpent,
    });
  },
};
