import { parseArgs } from 'node:util';
import { type Command, UsageError } from './cli-context';
import { connectToNevermined, neverminedHelp, neverminedOptions } from './connect-to-nevermined';
import { printJson } from './print';

export const orderCommand: Command = {
  summary: 'order a Nevermined plan, which charges its price',
  usage: `Usage: a2a-settlement order PLAN_ID [options]

${neverminedHelp}`,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: neverminedOptions,
    });
    const [planId = ''] = positionals;
    if (positionals.length !== 1 || planId === '')
      throw new UsageError('Exactly one PLAN_ID is required.');

    const rail = connectToNevermined(context);
    const { checkout, transaction } = await rail.order(planId);
    if (values.json || checkout !== undefined) {
      printJson(context, { planId, transaction, checkout });
      return;
    }
    const [{ balance = '' } = {}] = await rail.plans([planId]);
    context.stdout.write(`Ordered. Balance: ${balance} credits.\n`);
  },
};
