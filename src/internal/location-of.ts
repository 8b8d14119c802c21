/** Where a redirect leads. Undefined where it does not say, or to no address. */
export function locationOf({ headers }: Response, url: string): URL | undefined {
  const location = headers.get('location');
  return location !== null && URL.canParse(location, url) ? new URL(location, url) : undefined;
}
