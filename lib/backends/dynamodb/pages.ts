/** Of one batch, on their way at the same time. The SDK has 50 sockets, and others want some too. */
const PAGES_AT_ONCE = 20;

/** What `work` answers for each page, in any order. After a failure no more pages are begun. */
export async function forPages<Page, T>(pages: readonly Page[], work: (page: Page) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  const waiting = [...pages].reverse();
  const goOn = async (): Promise<void> => {
    for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
      try {
        answers.push(await work(page));
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PAGES_AT_ONCE, pages.length) }, goOn));
  return answers;
}
