/** Talks to the application as anybody would: over HTTP. */
export class Client {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  get<T>(path: string): Promise<T> {
    return this.#send<T>(path, {});
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.#send<T>(path, { method: 'PATCH', headers, body: JSON.stringify(body) });
  }

  async #send<T>(path: string, init: RequestInit): Promise<T> {
    const response = await fetch(new URL(path, this.#base), init);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
