/** A short `generateText` over loopback, against the bare SDK client's call. */
import { generateText } from 'ai';
import { createA2A } from './subject';
import { figure, times } from './figure';
import { cpuOf, inTurn, median, ratio, timeOf } from './in-turn';
import { createSdkClient, sdkMessage } from './sdk-client';
import { startServer } from './start-server';

const runs = Number(process.env['RUNS'] ?? 400);
const { agentUrl, close } = await startServer();
const client = await createSdkClient(agentUrl);
const model = createA2A()(agentUrl);

const ways = {
  async sdk() {
    const answer = await client.sendMessage(sdkMessage);
    if (!('artifacts' in answer) || answer.artifacts.length !== 1) throw new Error('no task');
  },
  async own() {
    const { text } = await generateText({ model, prompt: 'Go' });
    if (text !== 'The answer.') throw new Error(text);
  },
};

const options = { runs, warmup: 100 };
const time = await inTurn({ sdk: () => timeOf(ways.sdk), own: () => timeOf(ways.own) }, options);
const cpu = await inTurn({ sdk: () => cpuOf(ways.sdk), own: () => cpuOf(ways.own) }, options);
close();

figure({
  what: "a short `generateText` over loopback, against the SDK client's call",
  measured: `${times(ratio(time.own, time.sdk))} (${median(time.own).toFixed(2)} ms / ${median(time.sdk).toFixed(2)} ms)`,
  target: '≤ 1.3',
});
figure({
  what: 'the same, CPU of the caller',
  measured: `${times(ratio(cpu.own, cpu.sdk))} (${(median(cpu.own) / 1000).toFixed(2)} ms / ${(median(cpu.sdk) / 1000).toFixed(2)} ms)`,
});
