/** The options of a call that returns at once. The agent reports the end of its work. */
export function webhookFor(request: Request) {
  const origin = process.env.APP_URL || new URL(request.url).origin;
  return {
    returnImmediately: true,
    pushNotification: {
      url: `${origin}/api/a2a-webhook`,
      // The agent has to send it back. The journal stores only its digest.
      token: crypto.randomUUID(),
    },
  };
}
