/** In milliseconds. Runtimes treat a longer delay as the shortest one. */
export const longestTimerMs = 2 ** 31 - 1;
