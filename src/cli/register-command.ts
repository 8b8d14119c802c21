import { parseArgs } from 'node:util';
import { registerAccount } from '../rails/exchange/register-account';
import { type Command, UsageError } from './cli-context';
import { exchangeOptions, exchangeOptionsHelp, exchangeUrl } from './connect-to-exchange';
import { printFacts, printJson } from './print';

const ADVICE = `
The API key is shown only now. Keep it where your secrets are: whoever has it spends the tokens.
A payer sets it as A2A_PAYER_API_KEY; an agent needs it to verify the escrows it is paid by.
`;

export const registerCommand: Command = {
  summary: 'open an account for paying or being paid',
  usage: `Usage: a2a-settlement register --name NAME --email ADDRESS [options]

  --name NAME         the account's name, unique on the exchange
  --email ADDRESS     where the exchange can reach you
  --developer NAME    who runs it (default: the account's name)
  --developer-id ID   (default: the account's name)
  --description TEXT
  --skill ID          what an agent can do; may be repeated
  --invite-code CODE  where the exchange asks for one
  --spend-limit N     most tokens held in 24 hours (default: no limit)
${exchangeOptionsHelp}`,

  async run(args, context) {
    const { values } = parseArgs({
      args,
      options: {
        ...exchangeOptions,
        name: { type: 'string' },
        email: { type: 'string' },
        developer: { type: 'string' },
        'developer-id': { type: 'string' },
        description: { type: 'string' },
        skill: { type: 'string', multiple: true },
        'invite-code': { type: 'string' },
        'spend-limit': { type: 'string' },
      },
    });
    if (!values.name || !values.email) {
      throw new UsageError('--name and --email are required.');
    }
    const spendLimit = values['spend-limit'];
    if (spendLimit !== undefined && !/^\d{1,15}$/.test(spendLimit)) {
      throw new UsageError('--spend-limit must be a whole number of tokens.');
    }

    const registered = await registerAccount({
      name: values.name,
      email: values.email,
      exchangeUrl: exchangeUrl(values.exchange, context),
      fetch: context.fetch,
      developerName: values.developer,
      developerId: values['developer-id'],
      description: values.description,
      skills: values.skill,
      inviteCode: values['invite-code'],
      dailySpendLimit: spendLimit === undefined ? undefined : Number(spendLimit),
    });

    if (values.json) {
      printJson(context, registered);
    } else {
      printFacts(context, {
        Exchange: registered.exchangeUrl,
        Account: registered.accountId,
        'Starter tokens': registered.starterTokens,
        'API key': registered.apiKey,
      });
    }
    context.stderr.write(ADVICE);
  },
};
