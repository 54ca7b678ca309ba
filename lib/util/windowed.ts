const one = (): number => 1;

/**
 * Answers of `work` for all items, in their order. As many are on their way at the same time as weigh no more than `window`
 * together, and one in any case. After a failure no more are begun.
 * @param weigh default: each item weighs 1, so that `window` is their number
 */
export async function windowed<T, R>(
  items: readonly T[],
  window: number,
  work: (item: T) => Promise<R>,
  weigh: (item: T) => number = one,
): Promise<R[]> {
  const weights = items.map(weigh);
  return new Promise((resolve, reject) => {
    const answers: R[] = [];
    let begun = 0;
    let ended = 0;
    let onTheirWay = 0;
    const goOn = (): void => {
      if (ended === items.length) return resolve(answers);
      while (begun < items.length) {
        const index = begun;
        const weight = weights[index]!;
        if (onTheirWay > 0 && onTheirWay + weight > window) return;
        begun += 1;
        onTheirWay += weight;
        work(items[index]!).then(
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
