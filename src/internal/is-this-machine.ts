/** Whether the host is a loopback name or address, or the unspecified address (all interfaces). */
export function isThisMachine({ hostname }: URL): boolean {
  return (
    /^(?:.+\.)?localhost$/.test(hostname) ||
    /^127(?:\.\d+){3}$/.test(hostname) ||
    ['0.0.0.0', '[::]', '[::1]'].includes(hostname)
  );
}
