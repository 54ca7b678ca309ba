/** Counts commands on their way. Shared by the backend, which bounds them, and the connection, which watches them. */
export class Traffic {
  /** Not answered yet. */
  pending = 0;
  /** Answered so far, well or badly. */
  answered = 0;

  settle(weight: number): void {
    this.pending -= weight;
    this.answered += weight;
  }
}

/**
 * Calls `silent` when commands wait and nothing at all was answered for one to two periods: the other side is frozen,
 * or gone without a word. One timer per connection, none per command. Answers how to stop it.
 */
export function watchSilence(traffic: Traffic, periodMs: number, silent: () => void): () => void {
  let answered = traffic.answered;
  let quiet = false;
  const heard = (): boolean => traffic.pending === 0 || traffic.answered !== answered;
  const timer = setInterval(() => {
    const before = quiet;
    quiet = !heard();
    answered = traffic.answered;
    // Timers run before replies that already arrived are read: a stall of our own is no silence of theirs.
    if (before && quiet) setImmediate(() => heard() || silent());
  }, periodMs).unref();
  return () => clearInterval(timer);
}
