const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Shows a time, given in ISO 8601. */
export type ShowTime = (at: string) => string;

/** `22 Nov 12:34:56`, in UTC. */
export function showTime(at: string): string {
  return `${showDay(at)} ${at.slice(11, 19)}`;
}

/** `22 Nov`, in UTC. */
export function showDay(at: string): string {
  return `${Number(at.slice(8, 10))} ${months[Number(at.slice(5, 7)) - 1] ?? ''}`;
}

/** As the language and the time zone of this machine have it. Without the date if it is today. */
export function showLocalTime(at: string): string {
  const time = new Date(at);
  const isToday = time.toDateString() === new Date().toDateString();
  return time.toLocaleString(undefined, {
    timeStyle: 'medium',
    ...(!isToday && { dateStyle: 'short' }),
  });
}

/** `0.4 s`, `3 min`. */
export function showDuration(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
