import { parseArgs } from 'node:util';
import { isGoodSecret } from '../provider/message/conversation-seals';
import { type CliContext, type Command, Unsuccessful, UsageError } from './cli-context';
import {
  exchangeOptions,
  exchangeOptionsHelp,
  givenExchangeUrl,
  keyHelp,
} from './connect-to-exchange';
import { diagnoseAgent } from './diagnose-agent';
import { type Check, diagnoseExchange, ok, wrong } from './diagnose-exchange';
import { printJson, withoutControls, withoutKeys } from './print';

export const doctorCommand: Command = {
  summary: 'find out why calls are not paid',
  usage: `Usage: a2a-settlement doctor [AGENT_URL] [options]

  AGENT_URL           check this agent, too: its card, URL, payee, price and the limits
${exchangeOptionsHelp}
Prints one line for each check: ok, or what is wrong and what to do. Nothing is held or sent to the
agent. The exit code is 1 if something is wrong.
${keyHelp}`,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: exchangeOptions,
    });
    const [agent] = positionals;
    if (positionals.length > 1) throw new UsageError('At most one AGENT_URL can be checked.');
    if (agent !== undefined && !(URL.canParse(agent) && /^https?:/i.test(agent))) {
      throw new UsageError('AGENT_URL must be an http(s) URL.');
    }

    const checks: Check[] = [];
    for await (const found of diagnose(givenExchangeUrl(values.exchange, context))) {
      const check = { ...found, message: withoutKeys(found.message, context) };
      checks.push(check);
      if (!values.json) {
        const mark = { ok: 'ok     ', wrong: 'WRONG  ', skipped: '-      ' }[check.status];
        const name = `${check.name}:`.padEnd(10);
        context.stdout.write(`${mark}${name}${withoutControls(check.message)}\n`);
      }
    }
    const isWrong = checks.some(({ status }) => status === 'wrong');
    if (values.json) printJson(context, { ok: !isWrong, checks });
    if (isWrong) throw new Unsuccessful();

    async function* diagnose(url: string | undefined) {
      const found = yield* diagnoseExchange(url, context);
      if (agent !== undefined) yield* diagnoseAgent(agent, found, context);
      yield checkSecret(context);
    }
  },
};

/** With a secret that the library refuses, every call throws. */
function checkSecret({ env }: CliContext): Check {
  const secret = env['A2A_CONVERSATION_SECRET'];
  if (!secret) {
    return ok(
      'secret',
      'A2A_CONVERSATION_SECRET is not set, so only this process continues its conversations',
    );
  }
  return isGoodSecret(secret)
    ? ok('secret', 'A2A_CONVERSATION_SECRET is long enough')
    : wrong(
        'secret',
        'A2A_CONVERSATION_SECRET must have at least 32 characters, or every call fails. Generate one with: openssl rand -hex 32',
      );
}
