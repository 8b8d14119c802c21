import { type PeerProcess } from '../../peer-process';
import { runPythonScript, startPythonServer } from '../python-peer';

const name = 'payments-py';

/** Nevermined's own A2A server, in Python. */
export async function startPaymentsPyAgent(settings: {
  backendUrl: string;
  apiKey: string;
  agentId: string;
  plans: { planId: string } | { planIds: string[] };
}): Promise<Omit<PeerProcess, 'said'>> {
  const { close, url } = await startPythonServer(name, { settings });
  return { url: `${url}/`, close };
}

/** Nevermined's own client, in Python: what it saw. */
export function runPaymentsPyClient(settings: object, script = 'client.py'): Promise<unknown> {
  return runPythonScript(name, script, settings);
}
