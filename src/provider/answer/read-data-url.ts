/** The content of a `data:` URL: bytes, or base64 text. Undefined for any other URL. */
export function readDataUrl(
  url: string,
): { mediaType: string | undefined; data: string | Uint8Array } | undefined {
  if (!/^data:/i.test(url)) return undefined;
  const comma = url.indexOf(',');
  if (comma < 0) return undefined;
  const [mediaType = '', ...parameters] = url.slice('data:'.length, comma).split(';');
  const body = url.slice(comma + 1);
  const isBase64 = parameters.at(-1)?.trim().toLowerCase() === 'base64';
  try {
    return {
      mediaType: mediaType.includes('/') ? mediaType : undefined,
      data: isBase64
        ? decodeURIComponent(body)
        : new TextEncoder().encode(decodeURIComponent(body)),
    };
  } catch {
    return undefined;
  }
}
