/** An agent, as the page of the sandbox lists it. */
export interface ListedAgent {
  /** Ends with a slash: the card is below it. */
  url: string;
  description: string;
  /** `10 tokens` */
  price: string;
}

/** The page at the sandbox's origin: what runs here, without accounts and keys. */
export function indexPage({
  agents,
  exchangeUrl,
}: {
  agents: ListedAgent[];
  exchangeUrl: string;
}): Response {
  const rows = agents.map(
    ({ description, price, url }) => `<tr>
<td><code>${escape(url)}</code></td>
<td>${escape(price)}</td>
<td>${escape(description)}</td>
<td><a href="${escape(url)}.well-known/agent-card.json">card</a></td>
</tr>`,
  );
  return new Response(
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sandbox of ai-sdk-a2a-settlement</title>
</head>
<body>
<h1>Sandbox</h1>
<p>An A2A Settlement Exchange and paid agents, for development. All money here is without value.</p>
<p>Exchange: <code>${escape(exchangeUrl)}</code>
(<a href="${escape(exchangeUrl)}/v1/stats">statistics</a>,
<a href="${escape(exchangeUrl)}/v1/accounts/directory">accounts</a>)</p>
<table>
<thead><tr><th>Agent</th><th>Price of a call</th><th></th><th></th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</body>
</html>
`,
    {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'",
        'x-content-type-options': 'nosniff',
      },
    },
  );
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
