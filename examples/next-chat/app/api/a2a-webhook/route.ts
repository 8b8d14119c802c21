import { settlement } from '../../../lib/settlement';

/** An agent has finished. It is asked for its task, and paid for what it says there. */
export function POST(request: Request): Promise<Response> {
  return settlement.handlePushNotification(request);
}
