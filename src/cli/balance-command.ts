import { parseArgs } from 'node:util';
import { type CliContext, type Command, UsageError } from './cli-context';
import {
  connectToExchange,
  exchangeOptions,
  exchangeOptionsHelp,
  keyHelp,
} from './connect-to-exchange';
import { connectToNevermined, findPlans } from './connect-to-nevermined';
import { printFacts, printJson } from './print';

export const balanceCommand: Command = {
  summary: 'show the account and its tokens',
  usage: `Usage: a2a-settlement balance [options]

  --rail NAME         exchange (default) or nevermined
  --plan ID           with nevermined: a plan, or an agent's URL (default: NVM_PLAN_ID)
${exchangeOptionsHelp}
${keyHelp}With nevermined it is NVM_API_KEY.
`,

  async run(args, context) {
    const { values } = parseArgs({
      args,
      options: {
        ...exchangeOptions,
        rail: { type: 'string', default: 'exchange' },
        plan: { type: 'string', multiple: true },
      },
    });
    if (values.rail === 'nevermined') {
      await showCredits(values.plan ?? [], { json: values.json ?? false }, context);
      return;
    }
    if (values.rail !== 'exchange') {
      throw new UsageError('--rail must be exchange or nevermined.');
    }
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

async function showCredits(
  plans: string[],
  { json }: { json: boolean },
  context: CliContext,
): Promise<void> {
  const rail = connectToNevermined(context);
  const planIds = await findPlans(plans, rail, context);
  const balances = await rail.balance({ planIds });
  if (json) {
    printJson(context, balances);
    return;
  }
  printFacts(
    context,
    Object.fromEntries(
      balances.map(({ amount, currency, of = '' }) => [of, `${amount} ${currency.code}`]),
    ),
  );
}
