/** The pages of `docs/` in the order of the site. A test compares this list with the folder. */
export const sidebar = [
  {
    text: 'Start',
    items: [
      { text: 'A2A provider', link: '/' },
      { text: 'Tokens and exchanges', link: '/tokens' },
      { text: 'Sandbox', link: '/sandbox' },
      { text: 'Command line', link: '/cli' },
    ],
  },
  {
    text: 'Guides',
    items: [
      { text: 'A chat in Next.js', link: '/guides/chat' },
      { text: 'Edge functions', link: '/guides/edge' },
      { text: 'Long work', link: '/guides/long-work' },
      { text: 'Limits and approval', link: '/guides/limits-and-approval' },
      { text: 'Verify before paying', link: '/guides/verify' },
      { text: 'Many agents', link: '/guides/many-agents' },
      { text: 'Agents behind LiteLLM', link: '/guides/litellm' },
      { text: 'Agents on hosting platforms', link: '/guides/hosted-agents' },
      { text: 'An agent as a tool', link: '/tools' },
      { text: 'Sell an agent', link: '/paid-agents' },
    ],
  },
  {
    text: 'Payment',
    items: [
      { text: 'Settlement', link: '/settlement' },
      { text: 'Rails', link: '/rails' },
      { text: 'x402', link: '/x402' },
      { text: 'Nevermined', link: '/nevermined' },
      { text: 'Receipts', link: '/receipts' },
      { text: 'A wallet in your page', link: '/wallet' },
      { text: 'Reliability', link: '/reliability' },
      { text: 'Storage', link: '/storage' },
    ],
  },
  {
    text: 'Operate',
    items: [
      { text: 'Security', link: '/security' },
      { text: 'Observability', link: '/observability' },
      { text: 'Dashboard', link: '/dashboard' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
    ],
  },
  {
    text: 'Move here',
    items: [
      { text: 'From litellm-a2a-settlement', link: '/migrate/litellm-a2a-settlement' },
      { text: 'From a2a-ai-provider', link: '/migrate/a2a-ai-provider' },
      { text: "From Nevermined's client", link: '/migrate/nevermined-client' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'Provider reference', link: '/provider' },
      { text: 'Agents in the field', link: '/agents' },
      { text: 'Conformance', link: '/conformance' },
      { text: 'Architecture', link: '/architecture' },
    ],
  },
];
