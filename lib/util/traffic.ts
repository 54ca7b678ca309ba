/** Counts commands on their way. Shared by the backend, which bounds them, and the connection, which watches them. */
export class Traffic {
  /** Not answered yet. */
  pending = 0;
  /** Answers so far, good or bad. */
  answered = 0;

  settle(weight: number): void {
    this.pending -= weight;
    this.answered += 1;
  }
}

/** With so many bytes in a period a long answer is on its way. Fewer are as good as none: whoever waits behind it would wait for minutes. */
const PROGRESS_BYTES = 64 * 1024;

/**
 * Calls `silent` when commands wait and nothing at all was answered for one to two periods: the other side is frozen,
 * or gone without a word. One timer per connection, none per command. Answers how to stop it.
 * @param bytesRead of the connection so far: answers may be so long that none is complete within a period
 */
export function watchSilence(
  traffic: Traffic,
  periodMs: number,
  silent: () => void,
  bytesRead: () => number = () => 0,
): () => void {
  let waiting = false;
  let answered = 0;
  let read = 0;
  const heard = (): boolean => !waiting || traffic.answered !== answered || bytesRead() - read >= PROGRESS_BYTES;
  const timer = setInterval(() => {
    if (heard()) {
      waiting = traffic.pending > 0;
      answered = traffic.answered;
      read = bytesRead();
    } else {
      // Timers run before replies that already arrived are read: a stall of our own is no silence of theirs.
      setImmediate(() => heard() || silent());
    }
  }, periodMs).unref();
  return () => clearInterval(timer);
}
