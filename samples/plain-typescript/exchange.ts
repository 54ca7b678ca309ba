import { Cached, MultiCached } from 'cachewright';

/** A class like any other. Its decorated methods find their cache in the default registry. */
export class Exchange {
  /** What the "bank" was asked, to see what the cache kept away from it. */
  readonly asked: string[] = [];

  @Cached({ ttl: '1m' })
  async rate(from: string, to: string): Promise<number> {
    this.asked.push(`${from}/${to}`);
    return Number((perDollar(to) / perDollar(from)).toFixed(4));
  }

  @MultiCached({ key: (code: string) => `currency:${code}` })
  async names(codes: readonly string[]): Promise<Map<string, string>> {
    this.asked.push(codes.join('+'));
    const names = new Intl.DisplayNames('en', { type: 'currency' });
    return new Map(codes.map((code) => [code, names.of(code)!]));
  }
}

const PER_DOLLAR: Record<string, number> = { USD: 1, EUR: 0.86, CHF: 0.8, JPY: 154 };

function perDollar(code: string): number {
  const price = PER_DOLLAR[code];
  if (price === undefined) throw new RangeError(`no price for ${code}`);
  return price;
}
