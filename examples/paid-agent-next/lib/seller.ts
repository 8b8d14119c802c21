/** Read from .env.local, see the README. `next build` needs none of these variables. */
export const {
  AGENT_URL: url = 'http://localhost:3000/agent',
  A2A_EXCHANGE_URL: exchangeUrl = 'http://127.0.0.1:4000',
  A2A_SELLER_API_KEY: apiKey = 'not set',
  A2A_SELLER_ACCOUNT_ID: accountId = 'not set',
} = process.env;
