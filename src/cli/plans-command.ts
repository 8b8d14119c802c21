import { parseArgs } from 'node:util';
import type { Command } from './cli-context';
import {
  connectToNevermined,
  findPlans,
  neverminedHelp,
  neverminedOptions,
} from './connect-to-nevermined';
import { printJson, printTable } from './print';

export const plansCommand: Command = {
  summary: 'show Nevermined plans and their credits',
  usage: `Usage: a2a-settlement plans [PLAN_ID | AGENT_URL ...] [options]

  PLAN_ID             (default: NVM_PLAN_ID)
  AGENT_URL           the plans on an agent's card
${neverminedHelp}`,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: neverminedOptions,
    });
    const rail = connectToNevermined(context);
    const plans = await rail.plans(await findPlans(positionals, rail, context));

    if (values.json) {
      printJson(context, plans);
      return;
    }
    printTable(context, [
      ['PLAN', 'NAME', 'CREDITS', 'PRICE', 'PAID BY', 'BALANCE'],
      ...plans.map(({ planId, name, credits, price, cardProvider, balance }) => [
        planId,
        name ?? '',
        credits ?? '',
        [price?.amounts.join('+'), price?.currency].filter(Boolean).join(' '),
        cardProvider ?? 'stablecoin',
        balance,
      ]),
    ]);
  },
};
