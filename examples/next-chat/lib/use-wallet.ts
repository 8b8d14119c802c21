import { isOpen, type Wallet } from 'ai-sdk-a2a-settlement/wallet';
import { useEffect, useState } from 'react';

/**
 * The wallet, read again and again: often while an answer streams, now and then while money is
 * set aside (a webhook may settle it), rarely otherwise.
 */
export function useWallet(isBusy: boolean): Wallet | undefined {
  const [wallet, setWallet] = useState<Wallet>();
  const pauseMs = isBusy ? 300 : wallet?.holds.some(isOpen) ? 1000 : 10_000;

  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      const response = await fetch('/api/wallet').catch(() => undefined);
      const latest = response?.ok ? ((await response.json()) as Wallet) : undefined;
      if (isOver) return;
      if (latest !== undefined) setWallet(latest);
      timer = setTimeout(read, pauseMs);
    };
    void read();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [pauseMs]);

  return wallet;
}
