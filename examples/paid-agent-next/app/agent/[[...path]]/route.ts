import { acceptExchange, createPaidAgent } from 'ai-sdk-a2a-settlement/agent';
import { after } from 'next/server';
import { poet } from '../../../lib/poet';
import { accountId, apiKey, exchangeUrl, url } from '../../../lib/seller';

// Several machines, as on Vercel, must share `storage`, `conversations` and `taskStore`: docs/paid-agents.md.
const handler = createPaidAgent({
  ...poet,
  url,
  name: 'poet',
  description: 'Writes short poems.',
  skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
  accepts: [acceptExchange({ exchangeUrl, apiKey, accountId, price: 10 })],
  onError: console.error, // callers are told only that a task failed
  waitUntil: after, // the work continues after its caller has disconnected
});
export { handler as GET, handler as POST, handler as DELETE };
