/** As in `engines` of package.json. */
const LEAST_NODE = 22;

/** What to do about a Node that is too old. Undefined if it is not. */
export function complaintAboutNode(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= LEAST_NODE) return undefined;
  return `a2a-settlement: This is Node ${version}, and ai-sdk-a2a-settlement needs Node ${LEAST_NODE} or later, as the AI SDK does. Install it from https://nodejs.org, or run: nvm install ${LEAST_NODE}\n`;
}
