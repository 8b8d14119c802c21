import { acceptExchange, createPaidAgent } from 'ai-sdk-a2a-settlement/agent';
import { after } from 'next/server';
import { poet } from '../../../lib/poet';
import { accountId, apiKey, exchangeUrl, url } from '../../../lib/seller';

// More than one machine serves it? Then they must share a `storage`.
const handler = createPaidAgent({
  ...poet,
  url,
  name: 'poet',
  description: 'Writes short poems.',
  skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
  accepts: [acceptExchange({ exchangeUrl, apiKey, accountId, price: 10 })],
  waitUntil: after, // a caller that leaves does not stop what it pays for
});
export { handler as GET, handler as POST, handler as DELETE };
