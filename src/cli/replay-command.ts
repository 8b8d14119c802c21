import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod/v4';
import { replay, type CallOutcome, type ReplayedCall } from '../recording';
import { type CliContext, type Command, Unsuccessful, UsageError } from './cli-context';
import { printJson, printTable, toJsonText, withoutControls } from './print';

export const replayCommand: Command = {
  summary: 'run a recorded generation again',
  usage: `Usage: a2a-settlement replay FILE [options]

  FILE                a recording: what record() of ai-sdk-a2a-settlement/recording wrote
  --options FILE      JSON with options of createSettlement, instead of the recorded ones
  --clock SECONDS     the exchange's clock is ahead by this (behind: --clock=-900)
  --cut-after N       nothing answers after N requests; another settlement then reconciles
  --json              print JSON

Shows the receipts that were recorded and those of the replay. Sends nothing over the network. The
exit code is 1 if they differ. A recording contains prompts and answers.
`,

  async run(args, context) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        options: { type: 'string' },
        clock: { type: 'string' },
        'cut-after': { type: 'string' },
        json: { type: 'boolean' },
      },
    });
    const [file] = positionals;
    if (file === undefined || positionals.length !== 1) {
      throw new UsageError('Exactly one FILE is required.');
    }
    const seconds = wholeNumber('--clock', values.clock, /^-?\d{1,9}$/);
    const report = await replay(await readText(file), {
      settlement: values.options === undefined ? {} : await readOptions(values.options),
      clockSkewMs: seconds === undefined ? undefined : seconds * 1000,
      cutAfter: wholeNumber('--cut-after', values['cut-after'], /^\d{1,9}$/),
    });

    if (values.json) {
      printJson(context, report);
    } else {
      for (const call of report.calls) printCall(call, context);
      for (const receipt of report.reconciled) {
        context.stdout.write(`\nReconciled: ${toJsonText(receipt)}\n`);
      }
      if (report.unrecorded.length > 0) {
        context.stdout.write(
          `\nNot in the recording, and answered by a stand-in: ${report.unrecorded.join(', ')}\n`,
        );
      }
    }
    if (report.calls.some(({ differences }) => differences.length > 0)) throw new Unsuccessful();
  },
};

function printCall(
  { differences, mode, modelId, recorded, replayed }: ReplayedCall,
  context: CliContext,
): void {
  const before = facts(recorded);
  const after = facts(replayed);
  // The cause first: the rest differs because of it.
  const names = [...new Set(['error', ...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => name in before || name in after,
  );
  context.stdout.write(`${mode} ${withoutControls(modelId)}\n`);
  if (differences.includes('error')) {
    for (const [word, { error }] of Object.entries({ recorded, replayed })) {
      if (error !== undefined) {
        context.stdout.write(`The ${word} call failed: ${withoutControls(failureText(error))}\n`);
      }
    }
  }
  printTable(context, [
    ['', 'RECORDED', 'REPLAYED', ''],
    ...names.map((name) => [
      name.replace(/^receipt\./, ''),
      before[name] ?? '-',
      after[name] ?? '-',
      differences.includes(name) ? 'differs' : '',
    ]),
  ]);
}

function facts({ error, finishReason, receipt = {} }: CallOutcome): Record<string, string> {
  return {
    ...(error !== undefined && { error: error.code ?? error.name }),
    ...(finishReason !== undefined && { finishReason }),
    ...Object.fromEntries(
      Object.entries(receipt).map(([name, value]) => [
        `receipt.${name}`,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  };
}

function failureText({ code, message, name }: NonNullable<CallOutcome['error']>): string {
  return code === undefined ? `${name}: ${message}` : `${name} ${code}: ${message}`;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read.`, { cause: error });
  }
}

async function readOptions(path: string): Promise<Record<string, z.core.util.JSONType>> {
  try {
    return z.record(z.string(), z.json()).parse(JSON.parse(await readText(path)));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} is not a JSON object of options.`, { cause: error });
  }
}

function wholeNumber(option: string, value: string | undefined, form: RegExp): number | undefined {
  if (value !== undefined && !form.test(value)) {
    throw new UsageError(`${option} must be a whole number.`);
  }
  return value === undefined ? undefined : Number(value);
}
