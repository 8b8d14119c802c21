/** The target of a redirect. Undefined if the header is missing or not a URL. */
export function locationOf({ headers }: Response, url: string): URL | undefined {
  const location = headers.get('location');
  return location !== null && URL.canParse(location, url) ? new URL(location, url) : undefined;
}
