/**
 * Answers of `work` for all items, in their order. As many are on their way at the same time as weigh no more than `window`
 * together, and one in any case. After a failure no more are begun.
 */
export function windowed<T, R>(
  items: readonly T[],
  window: number,
  weigh: (item: T) => number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  return new Promise((resolve, reject) => {
    const answers: R[] = [];
    let begun = 0;
    let ended = 0;
    let onTheirWay = 0;
    const goOn = (): void => {
      if (ended === items.length) return resolve(answers);
      while (begun < items.length) {
        const index = begun;
        const item = items[index]!;
        const weight = weigh(item);
        if (onTheirWay > 0 && onTheirWay + weight > window) return;
        begun += 1;
        onTheirWay += weight;
        work(item).then(
          (answer) => {
            answers[index] = answer;
            ended += 1;
            onTheirWay -= weight;
            goOn();
          },
          (error: unknown) => {
            begun = items.length;
            reject(error);
          },
        );
      }
    };
    goOn();
  });
}
