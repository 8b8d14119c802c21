/** Loopback names and addresses, and the one that stands for all of a machine's own. */
export function isThisMachine({ hostname }: URL): boolean {
  return (
    /^(?:.+\.)?localhost$/.test(hostname) ||
    /^127(?:\.\d+){3}$/.test(hostname) ||
    ['0.0.0.0', '[::]', '[::1]'].includes(hostname)
  );
}
