/** Whether the text has the URI of an extension by which agents are paid. */
export function namesPayment(text: string): boolean {
  return /a2a-settlement\.org|a2a-x402|urn:nevermined/.test(text);
}
