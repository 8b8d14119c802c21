import { spellingOf } from '../state/agent-settings';
import { digestOf } from '../../internal/digest-of';

/** What holds for one task have in common on the ledger, wherever they were made. */
export async function groupOfTask(agent: string, taskId: string): Promise<string> {
  return digestOf(spellingOf(agent), taskId);
}
