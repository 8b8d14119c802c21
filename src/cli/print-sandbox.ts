import { demoAgents } from '../sandbox/agents/demo-agents';
import type { ServedSandbox } from '../sandbox/serve-sandbox';
import type { CliContext } from './cli-context';
import { printTable } from './print';

/** Prints what the sandbox serves, and what to do next. */
export function printSandbox(
  context: CliContext,
  { exchangeUrl, agents, ledger, payer, x402, nevermined }: ServedSandbox,
  { envPath, dataPath }: { envPath?: string | undefined; dataPath?: string | undefined },
): void {
  const say = (text: string) => context.stdout.write(text);
  const tokens = ledger().accounts.find(({ id }) => id === payer.accountId)?.available;

  say(`Exchange: ${exchangeUrl}\n\nAgents:\n`);
  printTable(context, [
    ...Object.values(demoAgents).map(({ description, price, skill }) => {
      const url = Object.values(agents).find((agent) => agent.skill === skill.id)?.url;
      return [`  ${url}`, `${price} tokens`, description];
    }),
    [`  ${x402.agentUrl}`, `${x402.price} USDC`, 'Is paid by x402, in a coin without value.'],
    [
      `  ${nevermined.agent.url}`,
      `${nevermined.agent.credits} credits`,
      "Is paid with Nevermined's credits.",
    ],
  ]);

  say(`\nYour account has ${tokens} tokens. `);
  if (envPath === undefined) {
    say(
      `To use it, in another shell:\n\n  export A2A_EXCHANGE_URL=${exchangeUrl} A2A_PAYER_API_KEY=${payer.apiKey}\n`,
    );
  } else {
    say(
      `${envPath} has its key, as A2A_PAYER_API_KEY: keep this file out of git. It names the first agent, as A2A_AGENT_URL.\nNext.js reads .env.local by itself; with Node: node --env-file=${envPath} app.mjs\nNext, in another shell:\n\n`,
    );
  }
  const withEnv = envPath === undefined ? '' : ` --env ${envPath}`;
  for (const command of [`doctor ${agents.streamer.url}`, 'balance', 'escrows', 'dashboard']) {
    say(`  npx ai-sdk-a2a-settlement ${command}${withEnv}\n`);
  }
  const kept =
    dataPath === undefined
      ? 'Everything is in memory: --data FILE keeps accounts and escrows over restarts.'
      : `Accounts and escrows are kept in ${dataPath}, which contains their API keys: keep it out of git (a line for .env* does not cover it).`;
  say(`\n${kept}\nStop it with Ctrl+C.\n`);
}
