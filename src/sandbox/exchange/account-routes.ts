import * as z from 'zod/v4';
import { toBalance, toOwnAccount, toPublicAccount, toTransaction } from './answers';
import { ExchangeError } from './exchange-error';
import {
  depositBody,
  directoryQuery,
  pageQuery,
  recentQuery,
  registerBody,
  skillsBody,
} from './request-bodies';
import { page, type RouteParts } from './route-parts';
import { toRecentActivity, toStats } from './stats';
import { readJson, validate } from './validate-body';

export function addAccountRoutes({ routes, gate, ledger, openAccount }: RouteParts): void {
  routes.post('/accounts/register', async (c) => {
    const body = validate(registerBody, await readJson(c.req), 'body');
    if (body.account_type === 'gateway') {
      throw new ExchangeError(403, 'Gateway registration is not enabled on this exchange');
    }
    const { account, apiKey, starterTokens } = openAccount({
      botName: body.bot_name,
      developerId: body.developer_id,
      developerName: body.developer_name,
      contactEmail: body.contact_email,
      description: body.description,
      skills: body.skills ?? [],
      dailySpendLimit: body.daily_spend_limit,
    });
    const answer = {
      message: 'Bot registered successfully. Save your API key - it will not be shown again.',
      account: toOwnAccount(account),
      api_key: apiKey,
      starter_tokens: starterTokens,
    };
    return c.json(answer, 201);
  });

  routes.get('/accounts/directory', (c) => {
    const { skill, gateway_id: gateway, ...range } = gate.getPublic(c, directoryQuery);
    // Gateways cannot register here, so no agent belongs to one.
    const agents = gateway ? [] : [...ledger.accounts.values()];
    const best = agents.toSorted((one, other) => other.reputation - one.reputation);
    // The skill filter applies within the page, as on the reference exchange.
    const bots = page(best, range).filter(({ skills }) => !skill || skills.includes(skill));
    return c.json({ bots: bots.map(toPublicAccount), count: bots.length });
  });

  routes.put('/accounts/skills', async (c) => {
    const { caller, body } = await gate.post(c, skillsBody);
    caller.skills = body.skills;
    return c.json({ account_id: caller.id, skills: caller.skills });
  });

  routes.get('/accounts/:id', (c) => {
    gate.getPublic(c, anyQuery);
    return c.json(toPublicAccount(ledger.account(c.req.param('id'))));
  });

  routes.get('/stats', (c) => {
    gate.getPublic(c, anyQuery);
    return c.json(toStats(ledger));
  });

  routes.get('/stats/recent-activity', (c) => {
    const { limit } = gate.getPublic(c, recentQuery);
    return c.json(toRecentActivity(ledger, limit));
  });

  routes.post('/exchange/deposit', async (c) => {
    const { caller, body } = await gate.post(c, depositBody);
    const { amount, reference } = body;
    ledger.deposit(caller, amount, reference);
    const answer = {
      deposit_id: crypto.randomUUID(),
      account_id: caller.id,
      amount,
      currency: body.currency ?? 'ATE',
      new_balance: caller.available,
      reference,
    };
    return c.json(answer, 201);
  });

  routes.get('/exchange/balance', async (c) => {
    const { caller } = await gate.get(c, anyQuery);
    return c.json(toBalance(caller));
  });

  routes.get('/exchange/transactions', async (c) => {
    const { caller, query } = await gate.get(c, pageQuery);
    const transactions = page(caller.transactions.toReversed(), query);
    return c.json({ transactions: transactions.map(toTransaction) });
  });
}

const anyQuery = z.object({});
